/*===- segc_abi.h - the C types of every generated interface -----*- C -*-===*\
|*
|* Part of the runtime that every generated package carries. Plain C99, so that
|* any language can bind to it.
|*
\*===----------------------------------------------------------------------===*/

#ifndef SEGC_ABI_H
#define SEGC_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Marks the functions of an interface: a library built with hidden symbols shows them. */
#if defined(__GNUC__)
#define SEGC_API __attribute__((visibility("default")))
#else
#define SEGC_API
#endif

/** Most dimensions a tensor of an interface can have. */
#define SEGC_MAX_RANK 8

typedef enum segc_type {
  SEGC_FLOAT32 = 0,
  SEGC_INT64 = 1,
  SEGC_INT32 = 2,
  SEGC_UINT8 = 3,
  SEGC_BOOL = 4,     /**< bytes, 0 or 1 */
  SEGC_FLOAT16 = 5,  /**< IEEE 754 binary16 */
  SEGC_BFLOAT16 = 6, /**< the upper half of a float32 */
  SEGC_FLOAT64 = 7,
  SEGC_INT8 = 8,
  SEGC_INT16 = 9,
  SEGC_UINT16 = 10,
  SEGC_UINT32 = 11,
  SEGC_UINT64 = 12
} segc_type;

/** What went wrong. Zero is success; NAME_status_text gives the words. */
typedef enum segc_status {
  SEGC_OK = 0,
  SEGC_ERROR_RANK = 1,      /**< a tensor has the wrong number of dimensions */
  SEGC_ERROR_SHAPE = 2,     /**< a fixed dimension has another extent, or two inputs disagree */
  SEGC_ERROR_TOO_SMALL = 3, /**< the network cannot take an image this small */
  SEGC_ERROR_TOO_LARGE = 4, /**< a tensor would have more than 2^31 - 1 elements */
  SEGC_ERROR_WORKSPACE =
      5,               /**< the workspace is smaller than asked for, or not aligned to 64 bytes */
  SEGC_ERROR_NULL = 6, /**< a needed pointer is null */
  SEGC_ERROR_WEIGHTS = 7,  /**< the weights belong to another network, or are not aligned */
  SEGC_ERROR_VALUE = 8,    /**< a dense CRF got a number that is not finite, or too large */
  SEGC_ERROR_CAPACITY = 9, /**< an image has more detail than a dense CRF has memory for */
  /** the prepared memory is too small, not aligned to 64 bytes, or not (or not yet) prepared */
  SEGC_ERROR_PREPARED = 10,
  SEGC_ERROR_COUNT = 11, /**< what the network found does not fit what it computes from that */
  SEGC_ERROR_CUDA = 12   /**< on a GPU: CUDA reports an error, or has no memory left */
} segc_status;

/** The extents of a tensor, outermost first (N, C, H, W). */
typedef struct segc_shape {
  int32_t rank;
  int64_t dims[SEGC_MAX_RANK];
} segc_shape;

/** An input or output of the network: what a program can learn before it runs. */
typedef struct segc_tensor_info {
  const char *name;
  segc_type type;
  int32_t rank;
  /** The fixed extents; -1 where the caller chooses, or where it follows from the inputs. */
  int64_t dims[SEGC_MAX_RANK];
} segc_tensor_info;

/** A dense tensor in the caller's memory, last dimension innermost. */
typedef struct segc_tensor {
  void *data;
  segc_shape shape;
} segc_tensor;

/**
 * How a network runs its loops on several threads. `parallel_for` must call
 * body(closure, i) once for every i in [0, count), in any order and on any
 * threads, and return when all have returned. The result does not depend on how.
 * A null pointer to this struct means: on the calling thread.
 */
typedef struct segc_parallel {
  void *context;
  void (*parallel_for)(void *context, int32_t count, void (*body)(void *closure, int32_t index),
                       void *closure);
} segc_parallel;

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* SEGC_ABI_H */
