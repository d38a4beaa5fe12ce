// SPDX-License-Identifier: Apache-2.0
//
// daemon/embed/table_tuner.h - the built-in table, tuned to the files of one volume.
//
// What belongs together is taken from the files themselves: a title and its text, a passage and
// what stands around it. Training goes on from the table as it is (see contrastive.h), with rows of
// their own for words that it lacks and that several files have. No labels, no queries, and nothing
// leaves the machine. Contrastive pre-training on such pairs: Lee, Chang and Toutanova, Latent
// Retrieval for Weakly Supervised Open Domain Question Answering, ACL 2019 (inverse cloze task).
#pragma once

#include "daemon/embed/contrastive.h"
#include "daemon/embed/static_embedder.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace vexfs::daemon {

/// Owner and thread: one thread. The embedder must outlive it.
class TableTuner
{
public:
    explicit TableTuner(const StaticEmbedder &base) : m_base(base) {}

    /// A file: its pairs and words are kept, not the text. False when no more is taken.
    bool add(std::string_view title, std::string_view text);

    size_t files() const { return m_files; }
    size_t pairs() const { return m_left.count(); }

    /// The tuned table as a file (see static_table.h); nothing when onProgress said stop, or when
    /// there are too few pairs to learn from.
    std::optional<QByteArray>
    tune(const std::function<bool(const TrainingProgress &)> &onProgress);

private:
    struct Stem
    {
        std::string text;
        uint32_t files = 0;   ///< that have it
        uint32_t lastFile = 0;
    };
    using Words = std::vector<int32_t>;

    Words wordsOf(std::string_view text);
    void addPassages(const std::vector<Words> &sentences);
    void addPair(const Words &left, const Words &right);
    std::vector<std::string> chooseRows(std::vector<int32_t> *rowOfStem) const;
    Matrix startMatrix(const std::vector<std::string> &words) const;

    const StaticEmbedder &m_base;
    ContentWords m_contentWords;
    std::unordered_map<std::string, int32_t> m_numbers;
    std::vector<Stem> m_stems;
    Bags m_left;  ///< of numbers of stems
    Bags m_right;
    size_t m_words = 0;  ///< in both
    size_t m_files = 0;
    uint64_t m_random = 88172645463325252ULL;
};

} // namespace vexfs::daemon
