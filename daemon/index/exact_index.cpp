// SPDX-License-Identifier: Apache-2.0
//
// The exact scan: slow, simple, right. Tests measure the recall of the graph against it.
#include "daemon/index/vector_index.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <shared_mutex>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;
using base::Status;

namespace {

class ExactIndex : public VectorIndex
{
public:
    explicit ExactIndex(VectorIndexIdentity identity) : m_identity(std::move(identity)) {}

    Status put(uint64_t ino, const std::vector<std::vector<float>> &vectors) override
    {
        for (const auto &vector : vectors) {
            if (vector.size() != m_identity.dimension)
                return fail(Errc::InvalidVector, QStringLiteral("a vector of another dimension"));
        }
        const std::unique_lock lock(m_mutex);
        m_vectors[ino] = vectors;
        return {};
    }

    void remove(uint64_t ino) override
    {
        const std::unique_lock lock(m_mutex);
        m_vectors.erase(ino);
    }

    Result<std::vector<VectorHit>> search(std::span<const float> query, size_t count,
                                          const InodeSet *maybeOnly) const override
    {
        if (query.size() != m_identity.dimension)
            return fail(Errc::InvalidVector, QStringLiteral("a query of another dimension"));
        const std::shared_lock lock(m_mutex);
        std::vector<VectorHit> hits;
        for (const auto &[ino, vectors] : m_vectors) {
            if (maybeOnly && !maybeOnly->contains(ino))
                continue;
            for (uint32_t chunk = 0; chunk < vectors.size(); ++chunk) {
                float sum = 0.0F;
                for (size_t j = 0; j < query.size(); ++j)
                    sum += query[j] * vectors[chunk][j];
                hits.push_back({ino, chunk, sum});
            }
        }
        std::stable_sort(hits.begin(), hits.end(), [](const VectorHit &a, const VectorHit &b) {
            return a.similarity > b.similarity;
        });
        hits.resize(std::min(hits.size(), count));
        return hits;
    }

    std::vector<float> vector(uint64_t ino, uint32_t chunk) const override
    {
        const std::shared_lock lock(m_mutex);
        const auto found = m_vectors.find(ino);
        if (found == m_vectors.end() || chunk >= found->second.size())
            return {};
        return found->second[chunk];
    }

    size_t count() const override
    {
        const std::shared_lock lock(m_mutex);
        size_t total = 0;
        for (const auto &[ino, vectors] : m_vectors)
            total += vectors.size();
        return total;
    }

    std::vector<uint64_t> inodes() const override
    {
        const std::shared_lock lock(m_mutex);
        std::vector<uint64_t> all;
        for (const auto &[ino, vectors] : m_vectors) {
            if (!vectors.empty())
                all.push_back(ino);
        }
        return all;
    }

    Status save(const QString &, uint64_t) const override
    {
        return fail(Errc::NotSupported, QStringLiteral("the exact index is not stored"));
    }

    Status seal(const SealRequest &) const override
    {
        return fail(Errc::NotSupported, QStringLiteral("the exact index is not stored"));
    }

    Result<uint64_t> load(const QString &) override
    {
        return fail(Errc::NotSupported, QStringLiteral("the exact index is not stored"));
    }

private:
    VectorIndexIdentity m_identity;
    mutable std::shared_mutex m_mutex;
    std::map<uint64_t, std::vector<std::vector<float>>> m_vectors;
};

} // namespace

std::unique_ptr<VectorIndex> createExactIndex(const VectorIndexIdentity &identity)
{
    return std::make_unique<ExactIndex>(identity);
}

} // namespace vexfs::daemon
