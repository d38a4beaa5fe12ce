// SPDX-License-Identifier: Apache-2.0
//
// daemon/embed/gram_index.h - table words that look like a word the table does not have.
//
// Over runs of three and four letters, ends marked. It bridges typing errors, inflections of other
// languages and compounds.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace vexfs::daemon {

class StaticTable;

/// Immutable after construction; any thread may read it. The table must outlive the constructor
/// only.
class GramIndex
{
public:
    struct Near
    {
        size_t row = 0;
        float similarity = 0.0F;  ///< Dice coefficient of the runs, 0..1
    };

    explicit GramIndex(const StaticTable &table);

    /// At most count rows, most similar first, none below minSimilarity.
    std::vector<Near> nearest(std::string_view word, size_t count, float minSimilarity) const;

private:
    std::vector<uint32_t> m_starts;  ///< of each bucket in m_postings; one more at the end
    std::vector<uint32_t> m_postings;
    std::vector<uint16_t> m_gramCounts;  ///< of each row
};

} // namespace vexfs::daemon
