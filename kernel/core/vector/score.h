/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * vector/score.h - from an integer inner product to a score, with integers only.
 *
 * A vector is codes c times a scale s, so its inner product with another is s1 * s2 * dot(c1, c2).
 * Scores are in units of 2^-VEXFS_SCORE_SHIFT and saturate at VEXFS_SCORE_MAX. Inside a search rows
 * are compared by ranks, which order as scores do and take less to compute: what is the same for
 * all rows of a query is left out.
 */
#ifndef VEXFS_VECTOR_SCORE_H
#define VEXFS_VECTOR_SCORE_H

#include <vexfs/search.h>

#define VEXFS_SCORE_MAX		(1ll << 61)

/* Sums of products of codes stay below this: 8,192 times 128 times 128. */
#define VEXFS_DOT_MAX		(1u << 27)

/** struct vexfs_scale - the value of a binary32: @fraction, below 2^24, times 2^@exponent. */
struct vexfs_scale {
	u32 fraction;
	s32 exponent;
};

/** vexfs_scale_decode() - Return: 0, or -EINVAL for what is negative, infinite or not a number. */
int vexfs_scale_decode(u32 bits, struct vexfs_scale *out);

/** struct vexfs_norm - what ranks need of a row besides its inner product with the query. */
struct vexfs_norm {
	u64 reciprocal;		/* 2^39 / |c|, or 0 for a row of zeros */
	u32 square;		/* |c|^2 */
	u32 scale;		/* bits; they can be decoded */
};

void vexfs_norm_init(struct vexfs_norm *norm, u32 square, u32 scale);

/** struct vexfs_ranking - a query, prepared. */
struct vexfs_ranking {
	enum vexfs_metric metric;
	struct vexfs_scale scale;
	u64 reciprocal;
	s64 square;		/* of the query's length, in units of scores */
};

/** @square: |c|^2 of the query's codes; its scale was checked. */
void vexfs_ranking_init(struct vexfs_ranking *ranking, enum vexfs_metric metric, u32 square,
			u32 scale);
/** vexfs_rank_by_scale() - the rank by metrics for which lengths count. */
s64 vexfs_rank_by_scale(const struct vexfs_ranking *ranking, const struct vexfs_norm *norm,
			s32 dot);

/** vexfs_rank() - once for every row of a search, hence inline where it is most. */
static inline s64 vexfs_rank(const struct vexfs_ranking *ranking, const struct vexfs_norm *norm,
			     s32 dot)
{
	return ranking->metric == VEXFS_NEAR_COSINE ? dot * (s64)norm->reciprocal :
						      vexfs_rank_by_scale(ranking, norm, dot);
}

/** vexfs_rank_score() - the score that a rank stands for. */
s64 vexfs_rank_score(const struct vexfs_ranking *ranking, s64 rank);

#endif
