// SPDX-License-Identifier: Apache-2.0
#include "daemon/extract/formats.h"

#include <uchardet/uchardet.h>
#include <unicode/ucnv.h>

#include <algorithm>
#include <memory>

namespace vexfs::extract {

namespace {

constexpr size_t kProbeBytes = 64 * 1024;
// What is beyond would not be indexed.
constexpr size_t kConvertBytesMax = 64 << 20;

bool startsWith(std::string_view bytes, std::string_view prefix)
{
    return bytes.substr(0, prefix.size()) == prefix;
}

std::string charsetByMark(std::string_view bytes)
{
    if (startsWith(bytes, "\xef\xbb\xbf"))
        return "UTF-8";
    if (startsWith(bytes, std::string_view("\xff\xfe\0\0", 4)))
        return "UTF-32LE";
    if (startsWith(bytes, std::string_view("\0\0\xfe\xff", 4)))
        return "UTF-32BE";
    if (startsWith(bytes, "\xff\xfe"))
        return "UTF-16LE";
    if (startsWith(bytes, "\xfe\xff"))
        return "UTF-16BE";
    return {};
}

// UTF-16 and UTF-32 without a mark: of the letters that most languages use, every second byte, or
// three of four, is zero, and always the same ones. Empty when it is neither.
std::string charsetByZeros(std::string_view probe)
{
    const size_t units = probe.size() / 4;
    if (units == 0)
        return {};
    size_t zeros[4] = {};
    for (size_t i = 0; i < units * 4; ++i)
        zeros[i % 4] += probe[i] == 0 ? 1 : 0;
    const auto most = [&](size_t i) { return zeros[i] * 10 >= units * 7; };
    const auto none = [&](size_t i) { return zeros[i] * 50 <= units; };
    if (none(0) && most(1) && most(2) && most(3))
        return "UTF-32LE";
    if (most(0) && most(1) && most(2) && none(3))
        return "UTF-32BE";
    if (none(0) && most(1) && none(2) && most(3))
        return "UTF-16LE";
    if (most(0) && none(1) && most(2) && none(3))
        return "UTF-16BE";
    return {};
}

// Text has no NUL and hardly any other control character.
bool looksBinary(std::string_view probe)
{
    size_t controls = 0;
    for (const char each : probe) {
        const auto c = static_cast<unsigned char>(each);
        if (c == 0)
            return true;
        const bool isUsual = c >= 0x20 || c == '\n' || c == '\r' || c == '\t' || c == '\f'
            || c == 0x1b || c == '\b';
        controls += isUsual ? 0 : 1;
    }
    return controls * 50 > probe.size();
}

// Up to a sequence that the end of the probe cuts in two.
bool isUtf8(std::string_view probe)
{
    size_t end = probe.size();
    while (end > 0 && probe.size() - end < 4 && (static_cast<unsigned char>(probe[end - 1]) & 0x80))
        --end;
    size_t high = 0;
    size_t kept = 0;
    for (size_t i = 0; i < end; ++i)
        high += static_cast<unsigned char>(probe[i]) >= 0x80 ? 1 : 0;
    for (const char c : cleanUtf8(probe.substr(0, end)))
        kept += static_cast<unsigned char>(c) >= 0x80 ? 1 : 0;
    return kept == high;
}

std::string guessCharset(std::string_view probe)
{
    const std::unique_ptr<uchardet, void (*)(uchardet_t)> detector(uchardet_new(),
                                                                   uchardet_delete);
    if (!detector || uchardet_handle_data(detector.get(), probe.data(), probe.size()) != 0)
        return {};
    uchardet_data_end(detector.get());
    return uchardet_get_charset(detector.get());
}

std::string convert(std::string_view bytes, const std::string &charset)
{
    UErrorCode status = U_ZERO_ERROR;
    bytes = bytes.substr(0, kConvertBytesMax);
    const auto length = static_cast<int32_t>(bytes.size());
    // Three bytes of UTF-8 is the most that one byte of a legacy charset becomes.
    std::string text(bytes.size() * 3 + 16, '\0');
    const int32_t got
        = ucnv_convert("UTF-8", charset.c_str(), text.data(), static_cast<int32_t>(text.size()),
                       bytes.data(), length, &status);
    if (U_FAILURE(status))
        throw Refused("its text is in a charset that is not known (" + charset + ")");
    text.resize(static_cast<size_t>(got));
    return text;
}

} // namespace

bool isBinary(std::string_view bytes)
{
    const std::string_view probe = bytes.substr(0, kProbeBytes);
    return charsetByMark(bytes).empty() && charsetByZeros(probe).empty() && looksBinary(probe);
}

std::string decodeText(std::string_view bytes)
{
    const std::string marked = charsetByMark(bytes);
    if (marked == "UTF-8")
        return cleanUtf8(bytes.substr(3));
    if (!marked.empty())
        return cleanUtf8(convert(bytes.substr(marked[4] == '3' ? 4 : 2), marked));
    const std::string_view probe = bytes.substr(0, kProbeBytes);
    if (const std::string wide = charsetByZeros(probe); !wide.empty())
        return cleanUtf8(convert(bytes, wide));
    if (looksBinary(probe))
        throw Refused("it is named like text but its content is binary");
    if (isUtf8(probe))
        return cleanUtf8(bytes);
    std::string charset = guessCharset(probe);
    UErrorCode status = U_ZERO_ERROR;
    if (charset.empty() || !ucnv_getStandardName(charset.c_str(), "", &status))
        charset = "windows-1252";
    return cleanUtf8(convert(bytes, charset));
}

std::string decodeText(std::string_view bytes, const std::string &charset)
{
    UErrorCode status = U_ZERO_ERROR;
    if (charset.empty() || !ucnv_getStandardName(charset.c_str(), "", &status)
        || !charsetByMark(bytes).empty())
        return decodeText(bytes);
    return cleanUtf8(convert(bytes, charset));
}

void extractText(std::string_view bytes, Output &out)
{
    out.addText(decodeText(bytes));
}

} // namespace vexfs::extract
