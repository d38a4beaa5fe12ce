// SPDX-License-Identifier: Apache-2.0
#include "common/stream/frames.h"

#include <cerrno>
#include <cstring>
#include <unistd.h>
#include <zlib.h>

namespace vexfs::stream {

namespace {

constexpr size_t kHeadBytes = 16;
constexpr size_t kBufferBytes = 256u << 10;

uint32_t checksum(uint32_t before, std::string_view head, std::string_view payload)
{
    uLong crc = before;
    crc = crc32(crc, reinterpret_cast<const Bytef *>(head.data()), static_cast<uInt>(head.size()));
    crc = crc32(crc, reinterpret_cast<const Bytef *>(payload.data()),
                static_cast<uInt>(payload.size()));
    return static_cast<uint32_t>(crc);
}

} // namespace

tl::unexpected<Problem> problem(int sysErrno, const std::string &what)
{
    return tl::unexpected(Problem{sysErrno, what});
}

tl::unexpected<Problem> failed(const std::string &what)
{
    const int error = errno;
    return problem(error, what + ": " + strerror(error));
}

uint64_t Reader::number(size_t count)
{
    const std::string_view bytes = take(count);
    uint64_t value = 0;
    for (size_t i = 0; i < bytes.size(); i++)
        value |= static_cast<uint64_t>(static_cast<uint8_t>(bytes[i])) << (8 * i);
    return value;
}

std::string_view Reader::take(size_t count)
{
    if (count > m_left.size()) {
        m_isGood = false;
        return {};
    }
    const std::string_view out = m_left.substr(0, count);
    m_left.remove_prefix(count);
    return out;
}

Status FrameWriter::write(Kind kind, const std::string &payload)
{
    // The checksum goes on from the frame before: frames that are left out or exchanged show.
    std::string head = Fields()
                           .u32(kMagic)
                           .u32(static_cast<uint32_t>(payload.size()))
                           .u32(static_cast<uint32_t>(kind))
                           .bytes();
    m_crc = checksum(m_crc, head, payload);
    head += Fields().u32(m_crc).bytes();
    m_buffer += head;
    m_buffer += payload;
    m_frames++;
    m_bytes += head.size() + payload.size();
    return m_buffer.size() < kBufferBytes ? Status() : flush();
}

Status FrameWriter::flush()
{
    std::string_view left = m_buffer;
    while (!left.empty()) {
        const ssize_t done = ::write(m_out, left.data(), left.size());
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return failed("The stream cannot be written");
        left.remove_prefix(static_cast<size_t>(done));
    }
    m_buffer.clear();
    return {};
}

Status FrameReader::fill(char *to, size_t bytes)
{
    while (bytes) {
        const ssize_t got = ::read(m_in, to, bytes);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return failed("The stream cannot be read");
        if (got == 0)
            return problem(EBADMSG, "The stream is cut off after frame " +
                                        std::to_string(m_frames));
        to += got;
        bytes -= static_cast<size_t>(got);
        m_bytes += static_cast<uint64_t>(got);
    }
    return {};
}

Result<Frame> FrameReader::next()
{
    auto frame = read();
    m_problem = frame ? 0 : frame.error().sysErrno;
    return frame;
}

Result<Frame> FrameReader::read()
{
    char head[kHeadBytes];
    if (auto done = fill(head, sizeof head); !done)
        return tl::unexpected(done.error());
    Reader fields({head, sizeof head});
    const uint32_t magic = fields.u32(), bytes = fields.u32(), kind = fields.u32(),
                   crc = fields.u32();
    if (magic != kMagic && m_frames == 0)
        return problem(EBADMSG, "This is no stream of a VexFS snapshot");
    if (magic != kMagic || bytes > kPayloadMax)
        return problem(EBADMSG, "The stream is damaged in frame " + std::to_string(m_frames));
    Frame frame{static_cast<Kind>(kind), std::string(bytes, '\0')};
    if (auto done = fill(frame.payload.data(), bytes); !done)
        return tl::unexpected(done.error());
    m_crc = checksum(m_crc, {head, 12}, frame.payload);
    if (m_crc != crc)
        return problem(EBADMSG, "The stream is damaged, or not in order, in frame " +
                                    std::to_string(m_frames));
    m_frames++;
    return frame;
}

} // namespace vexfs::stream
