// SPDX-License-Identifier: Apache-2.0
#include "daemon/embed/static_embedder.h"

#include <cmath>
#include <map>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;

namespace {

// Raise it whenever a change to this file or to content words changes any vector.
constexpr char kProcedure[] = "2";
constexpr size_t kUnknownCacheMax = 20'000;
constexpr size_t kNearCount = 4;
constexpr float kNearSimilarityMin = 0.45F;
// Share of a word's own hash vector beside what its lookalikes give.
constexpr float kOwnShare = 0.5F;

bool hasDigit(std::string_view word)
{
    for (const char c : word) {
        if (c >= '0' && c <= '9')
            return true;
    }
    return false;
}

// A direction of its own for a word, nearly at right angles to any other.
void addHashVector(std::string_view word, float length, std::vector<float> &sum)
{
    uint64_t state = 1469598103934665603ULL;
    for (const char c : word)
        state = (state ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    const float element = length / std::sqrt(static_cast<float>(sum.size()));
    for (float &value : sum) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        value += (state >> 63) != 0 ? element : -element;
    }
}

void normalise(std::vector<float> &vector)
{
    double squares = 0.0;
    for (const float value : vector)
        squares += double(value) * value;
    if (squares < 1e-12)
        return;
    const auto factor = static_cast<float>(1.0 / std::sqrt(squares));
    for (float &value : vector)
        value *= factor;
}

} // namespace

StaticEmbedder::StaticEmbedder(StaticTable table,
                               std::shared_ptr<const StaticEmbedder> maybeShipped)
    : m_table(std::move(table)), m_grams(m_table), m_maybeShipped(std::move(maybeShipped))
{
}

Result<std::unique_ptr<StaticEmbedder>> StaticEmbedder::open(const QString &directory)
{
    Result<StaticTable> table = StaticTable::load(directory + QStringLiteral("/builtin.vxt"));
    if (!table)
        return fail(Errc::NoModel, table.error().what);
    return std::make_unique<StaticEmbedder>(std::move(*table));
}

Result<std::shared_ptr<StaticEmbedder>>
StaticEmbedder::loadTuned(const QString &path, std::shared_ptr<const StaticEmbedder> shipped)
{
    Result<StaticTable> table = StaticTable::load(path);
    if (!table)
        return tl::unexpected(table.error());
    return std::make_shared<StaticEmbedder>(std::move(*table), std::move(shipped));
}

std::vector<std::string> StaticEmbedder::rowWords() const
{
    std::vector<std::string> words;
    words.reserve(m_table.rows());
    for (size_t row = 0; row < m_table.rows(); ++row)
        words.emplace_back(m_table.word(row));
    return words;
}

std::vector<float> StaticEmbedder::stemVector(const std::string &stem) const
{
    const int row = m_table.find(stem);
    if (row >= 0) {
        std::vector<float> vector(m_table.dimension(), 0.0F);
        m_table.addRow(static_cast<size_t>(row), 1.0F, vector.data());
        return vector;
    }
    const std::lock_guard lock(m_mutex);
    return unknownWord(stem);
}

QByteArray StaticEmbedder::id() const
{
    return "builtin/" + m_table.name() + '/' + m_table.digest() + '/' + kProcedure;
}

uint32_t StaticEmbedder::dimension() const
{
    return static_cast<uint32_t>(m_table.dimension());
}

double StaticEmbedder::relevanceFloor() const
{
    // Queries without a sense in a small collection stay below it, fitting ones mostly above.
    return 0.22;
}

double StaticEmbedder::slotFloor() const
{
    return 0.30;
}

double StaticEmbedder::hybridWeight() const
{
    // Measured: a table that knows the files earns a little more weight than their words.
    return m_maybeShipped ? 1.3 : 0.6;
}

bool StaticEmbedder::knowsWord(const std::string &folded) const
{
    if (m_maybeShipped)
        return m_maybeShipped->knowsWord(folded);
    const std::lock_guard lock(m_mutex);
    return !hasDigit(folded) && m_table.find(m_stemmer.stem(folded)) >= 0;
}

Result<QVector<std::vector<float>>> StaticEmbedder::embed(const QVector<std::string_view> &texts,
                                                          EmbedPurpose) const
{
    QVector<std::vector<float>> vectors;
    vectors.reserve(texts.size());
    for (const std::string_view text : texts) {
        const std::lock_guard lock(m_mutex);
        vectors.push_back(embedOne(text));
    }
    return vectors;
}

std::vector<float> StaticEmbedder::embedOne(std::string_view text) const
{
    // Sorted, so that the sum is added up in one order on every machine.
    std::map<std::string, int, std::less<>> counts;
    m_words.forEachStem(text, [&](std::string_view stem) {
        const auto found = counts.find(stem);
        if (found == counts.end())
            counts.emplace(stem, 1);
        else
            ++found->second;
    });
    std::vector<float> sum(m_table.dimension(), 0.0F);
    for (const auto &[stem, count] : counts) {
        const float weight = 1.0F + std::log(static_cast<float>(count));
        const int row = m_table.find(stem);
        if (row >= 0) {
            m_table.addRow(static_cast<size_t>(row), weight, sum.data());
            continue;
        }
        const std::vector<float> &unknown = unknownWord(stem);
        for (size_t j = 0; j < sum.size(); ++j)
            sum[j] += weight * unknown[j];
    }
    normalise(sum);
    return sum;
}

const std::vector<float> &StaticEmbedder::unknownWord(const std::string &stem) const
{
    const auto known = m_unknown.find(stem);
    if (known != m_unknown.end())
        return known->second;
    if (m_unknown.size() >= kUnknownCacheMax)
        m_unknown.clear();
    std::vector<float> vector(m_table.dimension(), 0.0F);
    // Numbers and part numbers look alike without being alike.
    const auto near = hasDigit(stem)
        ? std::vector<GramIndex::Near>{}
        : m_grams.nearest(stem, kNearCount, kNearSimilarityMin);
    for (const GramIndex::Near &each : near)
        m_table.addRow(each.row, each.similarity, vector.data());
    if (!near.empty()) {
        normalise(vector);
        for (float &value : vector)
            value *= m_table.meanLength();
    }
    const float own = near.empty() ? 1.0F : kOwnShare;
    addHashVector(stem, own * m_table.meanLength(), vector);
    return m_unknown.emplace(stem, std::move(vector)).first->second;
}

} // namespace vexfs::daemon
