// SPDX-License-Identifier: Apache-2.0
//
// daemon/query/fusion.h - one ranking out of what words found and what meaning found.
//
// A weighted sum of the words' scores relative to the best of them, and of the cosine. Not a sum of
// ranks: with vectors that were not tuned to these files that loses to words alone (measured).
// Pure functions over plain values.
#pragma once

#include <cstdint>
#include <unordered_set>
#include <vector>

namespace vexfs::daemon {

struct KeywordCandidate
{
    uint64_t ino = 0;
    double score = 0.0;  ///< BM25, above 0
};

struct VectorCandidate
{
    uint64_t ino = 0;
    uint32_t chunk = 0;
    double similarity = 0.0;
};

struct FusionInput
{
    std::vector<KeywordCandidate> keyword;  ///< best first
    std::vector<VectorCandidate> vector;    ///< best first; a file may have several
    /// Files with a word that hardly any file has and that the model does not know: nothing else
    /// can be meant, so they come before all others.
    std::unordered_set<uint64_t> exact;
};

struct FusionOptions
{
    double vectorWeight = 0.6;
    /// Below this cosine a file found by meaning alone is not shown at all.
    double relevanceFloor = 0.3;
    /// Above this one it is worth a place of its own among those found by words.
    double slotFloor = 0.45;
};

struct RankedFile
{
    uint64_t ino = 0;
    double score = 0.0;         ///< 0..1
    double keywordScore = 0.0;  ///< 0..1, 0 when no word stands in it
    double vectorScore = 0.0;   ///< cosine, 0..1, 0 when not among the nearest
    uint32_t bestChunk = 0;
    bool hasVector = false;
};

struct Ranking
{
    std::vector<RankedFile> files;  ///< best first, each once
    bool isWeak = false;            ///< nothing reaches the floor: they are guesses
};

Ranking fuse(const FusionInput &input, const FusionOptions &options);

} // namespace vexfs::daemon
