//===- SegRecurrent.td - ops over sequences ------------------*- tablegen -*-===//
//
// Included by Seg.td. Sequences are [T, N, ...]: time first, then the batch.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SEG_RECURRENT
#define SEGC_SEG_RECURRENT

def Seg_CellKindAttr : Seg_EnumAttr<Seg_CellKind, "cell_kind">;
def Seg_ActArrayAttr : TypedArrayAttrBase<Seg_ActAttr, "activations"> {}

def Seg_RecurrentOp : Seg_Op<"recurrent", [AttrSizedOperandSegments]> {
  let summary = "a recurrent cell run over a sequence, forwards";
  let description = [{
    ONNX RNN, GRU and LSTM in one direction, the products with the inputs taken out.
    `projected` [T, N, G * H] is what inputs and biases add to each gate, `weight` [H, G * H]
    the weights of the state. Gates are in ONNX's order: rnn: the state; gru: update z, reset r,
    candidate c; lstm: input i, output o, forget f, candidate c. With P the projected value of a
    gate, W its weights, h and s the states of the step before, and activations f, g, k:

        rnn   h' = f(P + h W)
        gru   z = f(Pz + h Wz)   r = f(Pr + h Wr)   h' = (1 - z) c + z h
              c = g(Pc + (r h) Wc), or with `linear_before_reset` g(Pc + r (h Wc + bias))
        lstm  i = f(Pi + h Wi + pi s)   s' = f_t s + i g(Pc + h Wc)
              f_t = f(Pf + h Wf + pf s), or with `coupled` 1 - i
              o = f(Po + h Wo + po s')   h' = o k(s')

    `peepholes` [3, H] are pi, po, pf. What f and g are applied to is first limited to
    [-clip, clip], where `clip` is given. `hidden` and `memory` are the first h and s, [N, H] or
    [1, H]; zeros if absent. Results are h and, of an lstm, s after each step, [T, N, H]. With
    `lengths` [N], i32, both are zero from a sequence's end on.
  }];
  let arguments = (ins Seg_Tensor:$projected, Seg_Tensor:$weight, Optional<Seg_Tensor>:$bias,
    Optional<Seg_Tensor>:$hidden, Optional<Seg_Tensor>:$memory, Optional<Seg_Tensor>:$peepholes,
    Optional<Seg_Tensor>:$lengths, Seg_CellKindAttr:$cell, Seg_ActArrayAttr:$activations,
    OptionalAttr<F32Attr>:$clip, UnitAttr:$linear_before_reset, UnitAttr:$coupled);
  let results = (outs Seg_Tensor:$output, Variadic<Seg_Tensor>:$memories);
}

def Seg_ReverseSequenceOp : Seg_Op<"reverse_sequence"> {
  let summary = "the first elements of each sequence backwards";
  let description = [{
    ONNX ReverseSequence with time_axis 0 and batch_axis 1: `input` is [T, N, ...], `lengths`
    [N], i32 or i64. Element t of sequence n is element `lengths[n] - 1 - t` where that is one,
    else element t. Lengths beyond T are T.
  }];
  let arguments = (ins Seg_Tensor:$input, Seg_Tensor:$lengths);
  let results = (outs Seg_Tensor:$output);
}

#endif
