// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * vector.c - inner products of int8 vectors by AVX2 and by AVX-512 with VNNI.
 *
 * Two rows go at a time, so that each load of the query serves both. The sums are exact, hence the
 * same as those of the plain loop, in whatever order they are made.
 */
#include <vexfs/posix_vector.h>

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2	__attribute__((target("avx2")))
#define VNNI	__attribute__((target("avx512f,avx512bw,avx512vnni")))

/* How far ahead rows are fetched; what lies behind the last one is harmless to ask for. */
#define AHEAD_BYTES	2048

AVX2 static inline __m256i wide(const s8 *p)
{
	return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)p));
}

AVX2 static inline s32 sum256(__m256i v)
{
	__m128i half = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));

	half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4e));
	half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0xb1));
	return _mm_cvtsi128_si32(half);
}

/* Products of two int8 fit in 16 bits, and two of them in 32: nothing saturates, -128 included. */
AVX2 static void avx2_dot(const s8 *query, const s8 *rows, size_t stride, u32 count, u32 padded,
			  s32 *out)
{
	u32 i, j;

	for (i = 0; i + 2 <= count; i += 2) {
		const s8 *a = rows + i * stride, *b = a + stride;
		__m256i a0 = _mm256_setzero_si256(), a1 = a0, b0 = a0, b1 = a0;

		for (j = 0; j < padded; j += 32) {
			__m256i q0 = wide(query + j), q1 = wide(query + j + 16);

			_mm_prefetch((const char *)a + j + AHEAD_BYTES, _MM_HINT_T0);
			_mm_prefetch((const char *)b + j + AHEAD_BYTES, _MM_HINT_T0);
			a0 = _mm256_add_epi32(a0, _mm256_madd_epi16(q0, wide(a + j)));
			b0 = _mm256_add_epi32(b0, _mm256_madd_epi16(q0, wide(b + j)));
			a1 = _mm256_add_epi32(a1, _mm256_madd_epi16(q1, wide(a + j + 16)));
			b1 = _mm256_add_epi32(b1, _mm256_madd_epi16(q1, wide(b + j + 16)));
		}
		out[i] = sum256(_mm256_add_epi32(a0, a1));
		out[i + 1] = sum256(_mm256_add_epi32(b0, b1));
	}
	if (i < count) {
		const s8 *a = rows + i * stride;
		__m256i sum = _mm256_setzero_si256();

		for (j = 0; j < padded; j += 16)
			sum = _mm256_add_epi32(sum, _mm256_madd_epi16(wide(query + j),
								      wide(a + j)));
		out[i] = sum256(sum);
	}
}

/*
 * The instruction multiplies unsigned by signed. So the row is made unsigned by adding 128, and 128
 * times the sum of the query is taken away afterwards.
 */
VNNI static void vnni_dot(const s8 *query, const s8 *rows, size_t stride, u32 count, u32 padded,
			  s32 *out)
{
	const __m512i flip = _mm512_set1_epi8((char)0x80);
	__m512i ones = _mm512_setzero_si512();
	s32 excess;
	u32 i, j;

	for (j = 0; j < padded; j += 64)
		ones = _mm512_dpbusd_epi32(ones, flip, _mm512_loadu_si512(query + j));
	excess = _mm512_reduce_add_epi32(ones);
	for (i = 0; i + 2 <= count; i += 2) {
		const s8 *a = rows + i * stride, *b = a + stride;
		__m512i sa = _mm512_setzero_si512(), sb = sa;

		for (j = 0; j < padded; j += 64) {
			__m512i q = _mm512_loadu_si512(query + j);

			_mm_prefetch((const char *)a + j + AHEAD_BYTES, _MM_HINT_T0);
			_mm_prefetch((const char *)b + j + AHEAD_BYTES, _MM_HINT_T0);
			sa = _mm512_dpbusd_epi32(
				sa, _mm512_xor_si512(flip, _mm512_loadu_si512(a + j)), q);
			sb = _mm512_dpbusd_epi32(
				sb, _mm512_xor_si512(flip, _mm512_loadu_si512(b + j)), q);
		}
		out[i] = _mm512_reduce_add_epi32(sa) - excess;
		out[i + 1] = _mm512_reduce_add_epi32(sb) - excess;
	}
	if (i < count) {
		const s8 *a = rows + i * stride;
		__m512i sum = _mm512_setzero_si512();

		for (j = 0; j < padded; j += 64)
			sum = _mm512_dpbusd_epi32(
				sum, _mm512_xor_si512(flip, _mm512_loadu_si512(a + j)),
				_mm512_loadu_si512(query + j));
		out[i] = _mm512_reduce_add_epi32(sum) - excess;
	}
}

static const struct vexfs_vector_kernels avx2_kernels = { "avx2", avx2_dot };
static const struct vexfs_vector_kernels vnni_kernels = { "avx512-vnni", vnni_dot };

const struct vexfs_vector_kernels *vexfs_posix_vector_kernels_at(u32 index)
{
	const struct vexfs_vector_kernels *all[4] = { &vexfs_vector_scalar };
	u32 count = 1;

	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx2"))
		all[count++] = &avx2_kernels;
	if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
	    __builtin_cpu_supports("avx512vnni"))
		all[count++] = &vnni_kernels;
	return index < count ? all[index] : NULL;
}

#else

const struct vexfs_vector_kernels *vexfs_posix_vector_kernels_at(u32 index)
{
	return index ? NULL : &vexfs_vector_scalar;
}

#endif

const struct vexfs_vector_kernels *vexfs_posix_vector_kernels(void)
{
	const struct vexfs_vector_kernels *best = &vexfs_vector_scalar, *next;
	u32 index;

	for (index = 0; (next = vexfs_posix_vector_kernels_at(index)); index++)
		best = next;
	return best;
}
