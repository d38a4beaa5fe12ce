// SPDX-License-Identifier: Apache-2.0
//
// daemon/embed/static_embedder.h - the built-in model: a text is the sum of its words' vectors.
//
// No download, no model runner, the same vector everywhere. Words that the table lacks take the
// vectors of those that look like them, and one of their own so that names still match themselves.
#pragma once

#include "daemon/embed/content_words.h"
#include "daemon/embed/embedder.h"
#include "daemon/embed/gram_index.h"
#include "daemon/embed/static_table.h"

#include <memory>
#include <mutex>
#include <unordered_map>

namespace vexfs::daemon {

/// Tables that were tuned to files have names that begin so.
inline constexpr char kTunedTablePrefix[] = "tuned-";

class StaticEmbedder : public Embedder
{
public:
    /// maybeShipped: for a tuned table, the one that it began as: what that does not know is known
    /// from its use alone, and searches take it to the letter.
    explicit StaticEmbedder(StaticTable table,
                            std::shared_ptr<const StaticEmbedder> maybeShipped = {});

    /// The table of a model folder (builtin.vxt). Fails with NoModel, and why.
    static base::Result<std::unique_ptr<StaticEmbedder>> open(const QString &directory);
    /// A tuned table. Fails with NotFound, Corrupt.
    static base::Result<std::shared_ptr<StaticEmbedder>>
    loadTuned(const QString &path, std::shared_ptr<const StaticEmbedder> shipped);

    // What tuning starts from.
    std::vector<std::string> rowWords() const;
    bool hasRow(std::string_view stem) const { return m_table.find(stem) >= 0; }
    /// What a stem adds to a text once.
    std::vector<float> stemVector(const std::string &stem) const;

    QByteArray id() const override;
    uint32_t dimension() const override;
    double relevanceFloor() const override;
    double slotFloor() const override;
    double hybridWeight() const override;
    bool knowsWord(const std::string &folded) const override;
    base::Result<QVector<std::vector<float>>> embed(const QVector<std::string_view> &texts,
                                                    EmbedPurpose purpose) const override;

private:
    std::vector<float> embedOne(std::string_view text) const;
    const std::vector<float> &unknownWord(const std::string &stem) const;

    StaticTable m_table;
    GramIndex m_grams;
    std::shared_ptr<const StaticEmbedder> m_maybeShipped;
    mutable std::mutex m_mutex;  ///< guards what follows
    mutable base::Stemmer m_stemmer{base::Stemmer::Algorithm::English};
    mutable ContentWords m_words;
    mutable std::unordered_map<std::string, std::vector<float>> m_unknown;
};

} // namespace vexfs::daemon
