// SPDX-License-Identifier: Apache-2.0
// Documents in the formats that the extractor parses by code of its own. The first byte of an
// input chooses one, the rest is the document. Every answer is fine but a crash, or text that is
// not clean.
#include "daemon/extract/formats.h"
#include "tests/fuzz/target.h"

#include <array>
#include <cstdio>
#include <cstdlib>

using namespace vexfs::extract;

namespace {

using Extract = void (*)(std::string_view, Output &);
constexpr std::array<Extract, 5> kExtracts{extractRtf, extractTable, extractSubtitles, extractCode,
                                           extractText};

void require(bool holds, const char *what)
{
    if (holds)
        return;
    std::fprintf(stderr, "a document: %s\n", what);
    abort();
}

} // namespace

extern "C" int LLVMFuzzerInitialize(int *, char ***)
{
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const std::string_view bytes(reinterpret_cast<const char *>(data) + 1, size - 1);
    const std::string clean = cleanUtf8(bytes);
    require(cleanUtf8(clean) == clean, "what is clean is not");
    (void)secondsOf(bytes.substr(0, 30));
    // So small that nothing is sent, and sometimes met.
    constexpr uint64_t kTextBytesMax = 100'000;
    Output out(-1, kTextBytesMax);
    try {
        kExtracts[data[0] % kExtracts.size()](bytes, out);
    } catch (const Refused &) {
        return 0;
    } catch (const Enough &) {
        return 0;
    }
    require(cleanUtf8(out.sample()).size() == out.sample().size(), "text that is not clean");
    return 0;
}
