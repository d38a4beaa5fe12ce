// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * vector.c - inner products of int8 vectors by AVX2, for the engine's searches.
 *
 * By hand, as lib/raid6 has it: the compiler is told to leave these registers alone everywhere
 * else, and must not get at them here either. The engine asks for at most 64 KiB of rows at a time,
 * which is how long the task cannot be preempted.
 */
#include "vexfs_fs.h"

#include <vexfs/search.h>

#if defined(CONFIG_X86_64) || (defined(CONFIG_UML) && defined(CONFIG_64BIT))

#include <asm/cpufeature.h>
#include <asm/fpu/api.h>
#ifndef CONFIG_UML
#include <asm/fpu/types.h>
#endif

/* Two rows, so that each load of the query serves both. @padded is a multiple of 64. */
static void pair_dot(const s8 *query, const s8 *a, const s8 *b, unsigned long padded, s32 out[2])
{
	unsigned long at = 0;

	asm volatile("vpxor %%ymm0, %%ymm0, %%ymm0\n\t"
		     "vpxor %%ymm1, %%ymm1, %%ymm1\n\t"
		     "vpxor %%ymm2, %%ymm2, %%ymm2\n\t"
		     "vpxor %%ymm3, %%ymm3, %%ymm3\n"
		     "1:\n\t"
		     "prefetcht0 2048(%[a], %[at])\n\t"
		     "prefetcht0 2048(%[b], %[at])\n\t"
		     "vpmovsxbw (%[query], %[at]), %%ymm4\n\t"
		     "vpmovsxbw 16(%[query], %[at]), %%ymm5\n\t"
		     "vpmovsxbw (%[a], %[at]), %%ymm6\n\t"
		     "vpmovsxbw 16(%[a], %[at]), %%ymm7\n\t"
		     "vpmaddwd %%ymm4, %%ymm6, %%ymm6\n\t"
		     "vpmaddwd %%ymm5, %%ymm7, %%ymm7\n\t"
		     "vpaddd %%ymm6, %%ymm0, %%ymm0\n\t"
		     "vpaddd %%ymm7, %%ymm1, %%ymm1\n\t"
		     "vpmovsxbw (%[b], %[at]), %%ymm6\n\t"
		     "vpmovsxbw 16(%[b], %[at]), %%ymm7\n\t"
		     "vpmaddwd %%ymm4, %%ymm6, %%ymm6\n\t"
		     "vpmaddwd %%ymm5, %%ymm7, %%ymm7\n\t"
		     "vpaddd %%ymm6, %%ymm2, %%ymm2\n\t"
		     "vpaddd %%ymm7, %%ymm3, %%ymm3\n\t"
		     "add $32, %[at]\n\t"
		     "cmp %[padded], %[at]\n\t"
		     "jb 1b\n\t"
		     "vpaddd %%ymm1, %%ymm0, %%ymm0\n\t"
		     "vpaddd %%ymm3, %%ymm2, %%ymm2\n\t"
		     "vphaddd %%ymm2, %%ymm0, %%ymm0\n\t"
		     "vphaddd %%ymm0, %%ymm0, %%ymm0\n\t"
		     "vextracti128 $1, %%ymm0, %%xmm1\n\t"
		     "vpaddd %%xmm1, %%xmm0, %%xmm0\n\t"
		     "vmovq %%xmm0, (%[out])\n\t"
		     : [at] "+r"(at)
		     : [query] "r"(query), [a] "r"(a), [b] "r"(b), [padded] "r"(padded),
		       [out] "r"(out)
		     : "memory", "cc");
}

static void avx2_dot(const s8 *query, const s8 *rows, size_t stride, u32 count, u32 padded,
		     s32 *out)
{
	s32 last[2];
	u32 i;

	kernel_fpu_begin();
	for (i = 0; i + 2 <= count; i += 2)
		pair_dot(query, rows + i * stride, rows + (i + 1) * stride, padded, out + i);
	if (i < count) {
		pair_dot(query, rows + i * stride, rows + i * stride, padded, last);
		out[i] = last[0];
	}
	asm volatile("vzeroupper");
	kernel_fpu_end();
}

static const struct vexfs_vector_kernels avx2_kernels = { "avx2", avx2_dot };

static bool has_avx2(void)
{
	if (!boot_cpu_has(X86_FEATURE_AVX) || !boot_cpu_has(X86_FEATURE_AVX2))
		return false;
#ifdef CONFIG_UML
	return true;	/* the host's kernel keeps these registers, as those of any program */
#else
	return cpu_has_xfeatures(XFEATURE_MASK_SSE | XFEATURE_MASK_YMM, NULL);
#endif
}

const struct vexfs_vector_kernels *vexfs_vector_kernels(void)
{
	return has_avx2() ? &avx2_kernels : &vexfs_vector_scalar;
}

#else

const struct vexfs_vector_kernels *vexfs_vector_kernels(void)
{
	return &vexfs_vector_scalar;
}

#endif
