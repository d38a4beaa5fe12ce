// SPDX-License-Identifier: Apache-2.0
// Sealed segments as anybody may put them into a volume. An input is a segment, whose checksums are
// put right first, unless the last byte of the header is odd, those of the content too; then it is
// opened, verified, and searched both through a mapping and by copies. Every answer is fine but a
// crash, an access outside of the file, hits that are none, or two ways that differ.
#include "tests/fuzz/target.h"
#include "tests/support/vector/test_segment.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace vexfs::test;

namespace {

constexpr size_t kChoice = VEXFS_SEGMENT_HEADER_BYTES - 1;

void require(bool holds, const char *what)
{
    if (holds)
        return;
    std::fprintf(stderr, "a segment: %s\n", what);
    abort();
}

struct Answer
{
    int error = 0;
    std::vector<vexfs_segment_hit> hits;
};

Answer searchBy(const vexfs_segment &segment, const vexfs_segment_source &source)
{
    vexfs_segment_search *search = nullptr;
    require(vexfs_segment_search_create(&segment, &source, &vexfs_vector_scalar, 20, &search) == 0,
            "no search");
    std::vector<int8_t> query(segment.dimension);
    for (size_t i = 0; i < query.size(); i++)
        query[i] = static_cast<int8_t>(i * 37 + 5);
    const vexfs_segment_hit *hits = nullptr;
    u32 count = 0;
    Answer answer;
    answer.error = vexfs_segment_search_run(search, query.data(), 0x3f800000, nullptr, nullptr,
                                            &hits, &count);
    if (!answer.error) {
        require(count > 0 && count <= 20, "too many hits, or none");
        answer.hits.assign(hits, hits + count);
        for (const vexfs_segment_hit &hit : answer.hits) {
            vexfs_hit row{};
            require(hit.node < segment.nodes, "a hit that is no node");
            const int error = vexfs_segment_row(&segment, &source, hit.node, &row);
            require(error == 0 || error == -EUCLEAN, "an unknown error of a row");
            (void)vexfs_segment_search_score(search, hit.rank);
        }
    }
    vexfs_segment_search_destroy(search);
    return answer;
}

} // namespace

extern "C" int LLVMFuzzerInitialize(int *, char ***)
{
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SegmentBytes bytes(std::string(reinterpret_cast<const char *>(data), size));
    bytes.repairChecksums(size <= kChoice || !(data[kChoice] & 1));
    vexfs_segment segment{};
    if (bytes.open(&segment))
        return 0;
    const vexfs_segment_source mapped = bytes.source();
    const vexfs_segment_source copied = bytes.copyingSource();
    const int verified = vexfs_segment_verify(&segment, &mapped);
    require(verified == 0 || verified == -EBADMSG, "an unknown error of verification");
    const Answer one = searchBy(segment, mapped);
    const Answer other = searchBy(segment, copied);
    require(one.error == other.error && one.hits.size() == other.hits.size(),
            "two ways of reading differ");
    for (size_t i = 0; i < one.hits.size(); i++) {
        require(one.hits[i].node == other.hits[i].node && one.hits[i].rank == other.hits[i].rank,
                "two ways of reading give other hits");
    }
    return 0;
}
