/* The interface of a package is C99, and a C program can run it. -DSEGC_HEADER, -DSEGC_NETWORK. */

#include SEGC_HEADER

#include <stdio.h>
#include <stdlib.h>

#define SEGC_JOIN2(a, b) a##b
#define SEGC_JOIN(a, b) SEGC_JOIN2(a, b)
#define SEGC_FUNCTION(suffix) SEGC_JOIN(SEGC_NETWORK, suffix)

static float image[3 * 16 * 16];
static float probabilities[7 * 16 * 16];
static int64_t labels[16 * 16];

int main(void) {
  const segc_shape shape = {4, {1, 3, 16, 16}};
  segc_shape shapes[2];
  size_t bytes = 0, prepared_bytes = 0;
  segc_tensor input, outputs[2];
  char *memory, *prepared, *workspace;
  int32_t status;
  size_t i;
  float sum = 0;
  for (i = 0; i < sizeof image / sizeof *image; ++i)
    image[i] = (float)(i % 7) / 7;
  status = SEGC_FUNCTION(_output_shapes)(&shape, shapes);
  if (!status)
    status = SEGC_FUNCTION(_workspace_size)(&shape, &bytes);
  if (!status)
    status = SEGC_FUNCTION(_prepared_size)(&prepared_bytes);
  prepared_bytes = (prepared_bytes + 63) / 64 * 64;
  memory = status ? NULL : malloc(prepared_bytes + bytes + 64);
  if (!memory) {
    printf("%s\n", SEGC_FUNCTION(_status_text)(status));
    return 1;
  }
  prepared = memory + (64 - (uintptr_t)memory % 64) % 64;
  workspace = prepared + prepared_bytes;
  input.data = image;
  input.shape = shape;
  outputs[0].data = probabilities;
  outputs[0].shape = shapes[0];
  outputs[1].data = labels;
  outputs[1].shape = shapes[1];
  status = SEGC_FUNCTION(_prepare)(NULL, prepared, prepared_bytes, NULL);
  if (!status)
    status = SEGC_FUNCTION(_run)(&input, outputs, prepared, workspace, bytes, NULL);
  for (i = 0; i < 7; ++i)
    sum += probabilities[i * 256 + 100];
  printf("status %d, sum of probabilities %.4f, %d inputs\n", (int)status, sum,
         (int)SEGC_FUNCTION(_input_count)());
  free(memory);
  return !(status == 0 && sum > 0.999f && sum < 1.001f && labels[100] >= 0 && labels[100] < 7);
}
