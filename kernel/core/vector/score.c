// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "vector/score.h"

#include <vexfs/errors.h>

#define EXPONENT_MAX	255u
#define EXPONENT_BIAS	150	/* of the last bit of a fraction of 24 bits */
#define FRACTION_BITS	23u
#define FRACTION_HIDDEN	(1u << FRACTION_BITS)

/* A cosine's rank is |query| * cosine * 2^39; this is taken away before the last product. */
#define RANK_DROP	21u
#define RECIPROCAL_BITS	39u

int vexfs_scale_decode(u32 bits, struct vexfs_scale *out)
{
	u32 exponent = bits >> FRACTION_BITS;

	if (exponent >= EXPONENT_MAX)
		return VEXFS_ERR(EINVAL);
	out->fraction = bits & (FRACTION_HIDDEN - 1);
	if (exponent)
		out->fraction |= FRACTION_HIDDEN;
	else
		exponent = 1;
	out->exponent = (s32)exponent - EXPONENT_BIAS;
	return 0;
}

/* @number * 2^@exponent in units of scores, towards zero; @number is below 2^62. */
static s64 fixed(s64 number, s32 exponent)
{
	u64 size = number < 0 ? 0 - (u64)number : (u64)number;
	s32 shift = exponent + (s32)VEXFS_SCORE_SHIFT;

	if (shift <= -64)
		size = 0;
	else if (shift < 0)
		size >>= -shift;
	else if (size && (shift > 61 || size > (u64)VEXFS_SCORE_MAX >> shift))
		size = (u64)VEXFS_SCORE_MAX;
	else
		size <<= shift < 64 ? shift : 0;
	return number < 0 ? -(s64)size : (s64)size;
}

static struct vexfs_scale scales_multiply(struct vexfs_scale a, struct vexfs_scale b)
{
	return (struct vexfs_scale){ (u32)((u64)a.fraction * b.fraction >> 24),
				     a.exponent + b.exponent + 24 };
}

/* The square root, rounded down, bit by bit. */
static u64 root(u64 square)
{
	u64 result = 0, bit = 1ull << 62;

	while (bit > square)
		bit >>= 2;
	for (; bit; bit >>= 2) {
		if (square >= result + bit) {
			square -= result + bit;
			result = (result >> 1) + bit;
		} else {
			result >>= 1;
		}
	}
	return result;
}

static u64 reciprocal_of(u32 square)
{
	/* The root of square * 2^32 is |c| * 2^16. */
	return square ? (1ull << (RECIPROCAL_BITS + 16)) / root((u64)square << 32) : 0;
}

void vexfs_norm_init(struct vexfs_norm *norm, u32 square, u32 scale)
{
	norm->reciprocal = reciprocal_of(square);
	norm->square = square;
	norm->scale = scale;
}

static s64 square_of(u32 square, struct vexfs_scale scale)
{
	struct vexfs_scale twice = scales_multiply(scale, scale);

	return fixed((s64)square * twice.fraction, twice.exponent);
}

void vexfs_ranking_init(struct vexfs_ranking *ranking, enum vexfs_metric metric, u32 square,
			u32 scale)
{
	ranking->metric = metric;
	(void)vexfs_scale_decode(scale, &ranking->scale);
	ranking->reciprocal = reciprocal_of(square);
	ranking->square = square_of(square, ranking->scale);
}

/* Row scales were decoded once, when the row was taken in, so this cannot fail. */
static struct vexfs_scale row_scale(const struct vexfs_norm *norm)
{
	struct vexfs_scale scale = { 0 };

	(void)vexfs_scale_decode(norm->scale, &scale);
	return scale;
}

s64 vexfs_rank_by_scale(const struct vexfs_ranking *ranking, const struct vexfs_norm *norm,
			s32 dot)
{
	struct vexfs_scale scale, both;
	s64 product;

	scale = row_scale(norm);
	both = scales_multiply(scale, ranking->scale);
	product = fixed((s64)dot * both.fraction, both.exponent);
	if (ranking->metric == VEXFS_NEAR_DOT)
		return product;
	/* Each is at most 2^61, so that the sum fits; twice the product may saturate. */
	product = fixed((s64)dot * both.fraction, both.exponent + 1);
	return product - square_of(norm->square, scale) - ranking->square;
}

s64 vexfs_rank_score(const struct vexfs_ranking *ranking, s64 rank)
{
	u64 size = rank < 0 ? 0 - (u64)rank : (u64)rank;

	if (ranking->metric != VEXFS_NEAR_COSINE)
		return rank;
	/* |query| * cosine * 2^18, times 2^39 / |query|. */
	size = (size >> RANK_DROP) * ranking->reciprocal >> 25;
	return rank < 0 ? -(s64)size : (s64)size;
}
