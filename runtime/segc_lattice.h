//===- segc_lattice.h - the permutohedral lattice of an image ----*- C++ -*-===//
//
// Part of the runtime that every generated package carries. C++17, no allocation,
// no exceptions.
//
// Filtering with a Gaussian over the features of pixels (Adams, Baek, Davis: Fast
// High-Dimensional Filtering Using the Permutohedral Lattice, 2010) is three sparse
// steps: splat the pixels onto the vertices of their simplices, blur along D + 1
// axes, slice at the pixels. This header turns an image into the index arrays of
// these steps; the steps themselves are generated kernels. A row is what a vertex
// stores, a vector over the classes; the caller says which row numbers a lattice
// gets (LatticeRows), so that several lattices share a table.
//
// Pixels are cut into strips, and strips splat at the same time. The first strip that
// touches a vertex splats into its own row; each other one has a side row for it, which
// is then added (LatticeSides). Neither arrays nor sums depend on how many threads work.
//
// A blur works in place, along chains of vertices that are neighbours on its axis; a
// vertex without a neighbour there keeps its value, and costs nothing. All chains of
// an axis are one list, which threads take in pieces. A piece has spare rows for old
// values: two take turns to hold the vertex before the current one, and where a piece
// ends within a chain, two hold the vertices beside the cut (LatticeLink).
//
// In use:
//
//   Lattice<5> lattice(image, memory, parallel);
//   lattice.number(features, taps);            // how many rows does it need?
//   lattice.connect(rows, taps, chains, sides); // now that the table has a layout
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_LATTICE_H
#define SEGC_LATTICE_H

#include "segc_features.h"
#include "segc_parallel.h"
#include "segc_plan.h"
#include "segc_vertex_table.h"

#include <cstring>

namespace segc {

/// An image's pixels, row by row, in strips of equal length; the last may be shorter.
struct LatticeImage {
  int32_t width;
  int32_t height;
  int32_t stripPixels;

  int64_t pixels() const { return int64_t{width} * height; }
  int32_t strips() const {
    return static_cast<int32_t>((pixels() + stripPixels - 1) / stripPixels);
  }
  int64_t stripBegin(int32_t strip) const { return int64_t{strip} * stripPixels; }
  int64_t stripEnd(int32_t strip) const { return std::min(stripBegin(strip + 1), pixels()); }
};

/// Strips of an image at most.
constexpr int32_t kLatticeStrips = 16;

/// An image in strips of whole rows: enough of them for the threads of a desktop processor,
/// and few enough that little is splatted twice. Sizes alone decide.
inline LatticeImage latticeImage(int32_t width, int32_t height) {
  constexpr int64_t least = 20000; // pixels
  const int64_t pixels = int64_t{width} * height;
  int32_t strips = 1;
  while (strips < kLatticeStrips && pixels >= least * 2 * strips)
    strips *= 2;
  const int64_t length = int64_t{width} * ((height + strips - 1) / strips);
  return {width, height, static_cast<int32_t>(std::min(length, int64_t{1} << 30))};
}

/// The arrays over pixels, at the first of the D + 1 columns of a lattice: entry k of
/// pixel p is at [p * stride + k].
struct LatticeTaps {
  int32_t *slice; ///< rows a pixel reads
  int32_t *splat; ///< rows a pixel adds to
  float *weight;  ///< barycentric coordinates
  int64_t stride; ///< columns of all lattices together
};

/// The rows of the table that belong to a lattice.
struct LatticeRows {
  int32_t first; ///< of vertex 0; others follow in order
  int32_t side;  ///< first of the sideRows()
  int32_t zero;  ///< the row that stands for missing neighbours
  int32_t spare; ///< first of latticeSpareRows()
};

/// Entries of a piece of a list of chains.
constexpr int32_t kLatticePiece = 1024;
/// Spare rows of a piece.
constexpr int32_t kLatticeSpares = 4;
inline int32_t latticeSpareRows(int32_t vertices) {
  return (vertices + kLatticePiece - 1) / kLatticePiece * kLatticeSpares;
}

/// The chains of the D + 1 axes, in which blurs are done: axis a has count[a] entries from
/// list + a * vertices() on. An entry is a row; the head of a chain is stored as ~row.
template <int D> struct LatticeChains {
  int32_t *list; ///< [D + 1][vertices()]
  int32_t count[D + 1];
};

/// What a blur does at an entry of a list: T[save] = T[own], then T[own] += (T[previous] +
/// T[next]) / 2.
struct LatticeLink {
  int32_t previous;
  int32_t own;
  int32_t next;
  int32_t save;
};
inline LatticeLink latticeLink(const int32_t *list, int32_t count, int32_t i, int32_t zeroRow,
                               int32_t firstSpare) {
  const int32_t place = i % kLatticePiece;
  const int32_t spare = firstSpare + i / kLatticePiece * kLatticeSpares;
  const bool head = list[i] < 0, ends = i + 1 == count || list[i + 1] < 0;
  return {head         ? zeroRow
          : place == 0 ? spare + 2
                       : spare + 1 - place % 2,
          head ? ~list[i] : list[i],
          ends                         ? zeroRow
          : place == kLatticePiece - 1 ? spare + 3
                                       : list[i + 1],
          spare + place % 2};
}

/// Calls copy(to, from) for the rows that keep the old values beside each cut of a list.
template <typename Copy>
inline void keepCutRows(const int32_t *list, int32_t count, int32_t firstSpare, const Copy &copy) {
  for (int32_t i = kLatticePiece; i < count; i += kLatticePiece)
    if (list[i] >= 0) {
      const int32_t spare = firstSpare + i / kLatticePiece * kLatticeSpares;
      copy(spare + 2, list[i - 1] < 0 ? ~list[i - 1] : list[i - 1]);
      copy(spare - kLatticeSpares + 3, list[i]);
    }
}

/// Where the side rows belong: row `side + i` (LatticeRows) is added to row[i]. Those of one
/// strip follow each other, and belong to different rows.
struct LatticeSides {
  int32_t *row;                      ///< [sideRows()]
  int32_t begin[kLatticeStrips + 1]; ///< of a strip's; with the end of the last
};

enum class LatticeStatus {
  Ok = 0,
  Features = 1, ///< a feature is not finite, or millions of standard deviations from zero
};

/// Builds the arrays of one lattice. The memory it works in is free again after connect().
template <int D> class Lattice {
public:
  /// Bytes of working memory, or -1 if the image is empty, in more than kLatticeStrips,
  /// or its D + 1 taps a pixel are more than an int32_t counts. They hold the worst case, in which
  /// no two pixels share a vertex; pages beyond what an image needs are not touched.
  static int64_t bytes(const LatticeImage &image) { return Layout(image).total; }

  /// `memory`, aligned to 64 bytes, holds bytes(image), which is not negative.
  Lattice(const LatticeImage &image, void *memory, const segc_parallel *parallel)
      : image_(image), layout_(image), memory_(static_cast<char *>(memory)), parallel_(parallel) {}

  /// Numbers the vertices in the order in which the pixels first touch them, and
  /// writes taps.weight. taps.slice holds intermediate values until connect().
  /// `features` is SpatialFeatures or one like it (segc_features.h).
  template <typename Features>
  LatticeStatus number(const Features &features, const LatticeTaps &taps) {
    static_assert(Features::dimensions == D, "features of another dimension");
    wide_ = !numberStrips<NarrowKey>(features, taps);
    if (wide_ && !numberStrips<WideKey>(features, taps))
      return LatticeStatus::Features;
    if (wide_)
      mergeStrips<WideKey>();
    else
      mergeStrips<NarrowKey>();
    return LatticeStatus::Ok;
  }

  /// Vertices M that pixels touch.
  int32_t vertices() const { return vertices_; }
  /// Rows beside the vertices' own, for strips that share them.
  int32_t sideRows() const { return sideRows_; }
  /// Whether the features needed 128-bit keys.
  bool wide() const { return wide_; }

  /// Writes taps.slice and taps.splat, the side rows and the chains.
  void connect(const LatticeRows &rows, const LatticeTaps &taps, LatticeChains<D> &chains,
               LatticeSides &sides) {
    sides.begin[0] = 0;
    for (int32_t strip = 0; strip < image_.strips(); ++strip)
      sides.begin[strip + 1] = sides.begin[strip] + state(strip).sides;
    parallelFor(parallel_, 0, image_.strips(),
                [&](int32_t strip) { resolveStrip(rows, taps, sides, strip); });
    if (wide_)
      findNeighbours<WideKey>();
    else
      findNeighbours<NarrowKey>();
    parallelFor(parallel_, 0, kTaps, [&](int32_t axis) {
      chains.count[axis] = listChains(rows, axis, chains.list + int64_t{axis} * vertices_);
    });
  }

private:
  static constexpr int kTaps = D + 1;
  static constexpr int32_t kChunk = 4096; // vertices of a parallel step
  static constexpr int kAhead = 16;       // how far keys are looked up in advance

  /// A vertex as a strip knows it: its number, and whether another strip has it already;
  /// then the rows to slice and to splat.
  struct StripVertex {
    int32_t slice;
    int32_t splat;
  };
  struct StripState {
    int32_t vertices;
    int32_t sides;
    int32_t failed;
  };

  /// Offsets into the working memory. Entry e of keys and stripVertices is vertex
  /// e % stripTaps of strip e / stripTaps. The keys of the whole lattice overwrite
  /// those of the strips from the front.
  struct Layout {
    int64_t stripTaps = 0, stripSlots = 0, slots = 0;
    int64_t keys = 0, stripVertices = 0, states = 0, table = 0;
    int64_t next = 0, followed = 0, total = -1;

    explicit Layout(const LatticeImage &image) {
      if (image.width < 1 || image.height < 1 || image.stripPixels < 1)
        return;
      stripTaps = std::min(int64_t{image.stripPixels}, image.pixels()) * kTaps;
      const int64_t strips = (image.pixels() + image.stripPixels - 1) / image.stripPixels;
      const int64_t taps = checkedProduct(strips, stripTaps);
      if (strips > kLatticeStrips || taps < 0 || taps > std::numeric_limits<int32_t>::max())
        return;
      stripSlots = tableSlots(stripTaps);
      slots = std::max(tableSlots(taps), strips * stripSlots);
      int64_t end = 0;
      const auto carve = [&end](int64_t count, size_t size) {
        const int64_t begin = end;
        end += alignedSize(count * static_cast<int64_t>(size));
        return begin;
      };
      keys = carve(taps, sizeof(WideKey));
      stripVertices = carve(taps, sizeof(StripVertex));
      states = carve(strips, sizeof(StripState));
      table = carve(slots, sizeof(uint64_t));
      next = carve(taps * kTaps, sizeof(int32_t));
      followed = carve(taps * kTaps, sizeof(uint8_t));
      total = end;
    }
  };

  template <typename T> T *at(int64_t offset) const {
    return reinterpret_cast<T *>(memory_ + offset);
  }
  template <typename Word> Word *keys(int32_t strip) const {
    return at<Word>(layout_.keys) + strip * layout_.stripTaps;
  }
  StripVertex *stripVertices(int32_t strip) const {
    return at<StripVertex>(layout_.stripVertices) + strip * layout_.stripTaps;
  }
  StripState &state(int32_t strip) const { return at<StripState>(layout_.states)[strip]; }
  uint64_t *slots(int32_t strip) const {
    return at<uint64_t>(layout_.table) + strip * layout_.stripSlots;
  }

  /// Looks up the vertices of blocks of pixels, one block after the other. Neighbouring
  /// pixels mostly share vertices, so only keys that differ from the pixel before are
  /// looked up; they are listed first, which takes no branches.
  template <typename Word> class StripNumbers {
  public:
    explicit StripNumbers(VertexTable<Word> &table) : table_(table) {
      std::fill(previous_, previous_ + kTaps, KeyLayout<D, Word>::none);
    }

    template <typename Block>
    SEGC_INLINE void add(int count, const Block &block, int32_t *slice, float *weight,
                         int64_t stride) {
      // Entry k is the last pixel's vertex of remainder k, then come new ones.
      Word keys[kTaps * (1 + Block::lanes)];
      int32_t place[Block::lanes][kTaps];
      int32_t last[kTaps];
      int32_t entries = kTaps;
      for (int k = 0; k < kTaps; ++k)
        last[k] = k;
      for (int lane = 0; lane < count; ++lane)
        unrolled<kTaps>([&](auto k) {
          const Word key = block.keys[k][lane];
          const bool differs = key != previous_[k];
          keys[entries] = previous_[k] = key;
          place[lane][k] = last[k] = differs ? entries : last[k];
          entries += differs;
        });

      typename VertexTable<Word>::Query queries[kTaps * (1 + Block::lanes)];
      for (int32_t i = kTaps; i < entries; ++i)
        queries[i] = table_.query(keys[i]);
      int32_t numbers[kTaps * (1 + Block::lanes)];
      for (int k = 0; k < kTaps; ++k)
        numbers[k] = numbers_[k];
      for (int32_t i = kTaps; i < entries; ++i)
        numbers[i] = table_.insert(queries[i]);

      for (int lane = 0; lane < count; ++lane)
        unrolled<kTaps>([&](auto k) {
          slice[lane * stride + k] = numbers[place[lane][k]];
          weight[lane * stride + k] = block.weights[k][lane];
        });
      for (int k = 0; k < kTaps; ++k)
        numbers_[k] = numbers[last[k]];
    }

  private:
    VertexTable<Word> &table_;
    Word previous_[kTaps];
    int32_t numbers_[kTaps] = {};
  };

  /// Each strip numbers its own vertices: taps.slice gets these numbers. Returns
  /// whether Word was wide enough for all pixels.
  template <typename Word, typename Features>
  bool numberStrips(const Features &features, const LatticeTaps &taps) {
    parallelFor(parallel_, 0, image_.strips(), [&](int32_t strip) {
      VertexTable<Word> table(keys<Word>(strip), slots(strip), layout_.stripSlots);
      StripNumbers<Word> numbers(table);
      const bool done = forEachBlock<D, Word>(
          features, image_.width, image_.stripBegin(strip), image_.stripEnd(strip),
          [&](int64_t pixel, int count, const auto &block) {
            numbers.add(count, block, taps.slice + pixel * taps.stride,
                        taps.weight + pixel * taps.stride, taps.stride);
          });
      state(strip) = {table.count(), 0, !done};
    });
    for (int32_t strip = 0; strip < image_.strips(); ++strip)
      if (state(strip).failed)
        return false;
    return true;
  }

  /// Numbers the vertices of all strips, and counts those that have been others' before.
  template <typename Word> void mergeStrips() {
    int64_t most = 0;
    for (int32_t strip = 0; strip < image_.strips(); ++strip)
      most += state(strip).vertices;
    Word *all = keys<Word>(0);
    slotCount_ = tableSlots(most);
    VertexTable<Word> table(all, slots(0), slotCount_, most);
    sideRows_ = 0;
    for (int32_t strip = 0; strip < image_.strips(); ++strip) {
      const int32_t count = state(strip).vertices, known = table.count();
      const Word *own = keys<Word>(strip);
      StripVertex *vertices = stripVertices(strip);
      for (int32_t i = 0; i < count; ++i) {
        table.query(own[std::min(i + kAhead, count - 1)]);
        const int32_t vertex = table.insert(table.query(own[i]));
        vertices[i] = {vertex, vertex < known};
      }
      state(strip).sides = count - (table.count() - known);
      sideRows_ += state(strip).sides;
    }
    vertices_ = table.count();
  }

  /// Replaces a strip's own vertex numbers by rows, and lists its side rows.
  void resolveStrip(const LatticeRows &rows, const LatticeTaps &taps, const LatticeSides &sides,
                    int32_t strip) {
    StripVertex *vertices = stripVertices(strip);
    int32_t side = sides.begin[strip];
    for (int32_t i = 0; i < state(strip).vertices; ++i) {
      const int32_t own = rows.first + vertices[i].slice;
      if (vertices[i].splat)
        sides.row[side] = own;
      vertices[i] = {own, vertices[i].splat ? rows.side + side++ : own};
    }
    for (int64_t pixel = image_.stripBegin(strip); pixel < image_.stripEnd(strip); ++pixel) {
      int32_t *slice = taps.slice + pixel * taps.stride;
      int32_t *splat = taps.splat + pixel * taps.stride;
      for (int k = 0; k < kTaps; ++k) {
        const StripVertex vertex = vertices[slice[k]];
        slice[k] = vertex.slice;
        splat[k] = vertex.splat;
      }
    }
  }

  /// next[axis][v] is the neighbour behind vertex v, or -1; followed[axis][v] says whether v is
  /// behind another.
  template <typename Word> void findNeighbours() {
    const int32_t chunks = (vertices_ + kChunk - 1) / kChunk;
    std::memset(at<uint8_t>(layout_.followed), 0, static_cast<size_t>(vertices_) * kTaps);
    const VertexTable<Word> table(keys<Word>(0), slots(0), slotCount_, VertexTableReady());
    const Word *own = keys<Word>(0);
    // Axis by axis, as the arrays of one may stay in the cache.
    parallelFor(parallel_, 0, chunks * kTaps, [&](int32_t i) {
      const int axis = i / chunks;
      int32_t *next = at<int32_t>(layout_.next) + int64_t{axis} * vertices_;
      uint8_t *followed = at<uint8_t>(layout_.followed) + int64_t{axis} * vertices_;
      const int32_t begin = i % chunks * kChunk, end = std::min(begin + kChunk, vertices_);
      for (int32_t first = begin; first < end; first += kAhead) {
        const int32_t count = std::min(kAhead, end - first);
        typename VertexTable<Word>::Query queries[kAhead];
        for (int32_t at = 0; at < count; ++at)
          queries[at] = table.query(KeyLayout<D, Word>::next(own[first + at], axis));
        for (int32_t at = 0; at < count; ++at) {
          const int32_t found = next[first + at] = table.find(queries[at]);
          if (found >= 0)
            followed[found] = 1;
        }
      }
    });
  }

  /// Writes the chains of an axis, heads in order; returns how many entries they have.
  int32_t listChains(const LatticeRows &rows, int axis, int32_t *list) const {
    const int32_t *next = at<int32_t>(layout_.next) + int64_t{axis} * vertices_;
    const uint8_t *followed = at<uint8_t>(layout_.followed) + int64_t{axis} * vertices_;
    int32_t count = 0;
    for (int32_t head = 0; head < vertices_; ++head) {
      if (followed[head] || next[head] < 0)
        continue;
      list[count++] = ~(rows.first + head);
      for (int32_t v = next[head]; v >= 0; v = next[v])
        list[count++] = rows.first + v;
    }
    return count;
  }

  LatticeImage image_;
  Layout layout_;
  char *memory_;
  const segc_parallel *parallel_;
  bool wide_ = false;
  int32_t vertices_ = 0, sideRows_ = 0;
  int64_t slotCount_ = 0;
};

} // namespace segc

#endif // SEGC_LATTICE_H
