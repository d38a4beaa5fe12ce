// SPDX-License-Identifier: Apache-2.0
//
// common/stream/frames.h - the frames of a stream, and the fields in them (kernel/FORMAT.md).
#pragma once

#include "common/stream/stream.h"

#include <string>
#include <string_view>

namespace vexfs::stream {

constexpr uint32_t kMagic = 0x53585856; // "VXXS"
constexpr uint32_t kVersion = 1;
constexpr uint32_t kPayloadMax = 1u << 20;
constexpr uint32_t kDataMax = 128u << 10;

enum class Kind : uint8_t {
    Head = 1,     ///< version, flags, uuid, snapshot, from (0: whole), position, its name
    Stage = 2,    ///< number, path: out of the way
    Unlink = 3,   ///< path
    Rmdir = 4,    ///< path
    Make = 5,     ///< number, mode, device, target of a symlink
    Link = 6,     ///< number, path: a further name of what is out of the way
    Place = 7,    ///< number, path: from there to its (last) name
    File = 8,     ///< path: what the next frames are about
    Data = 9,     ///< offset, bytes
    Hole = 10,    ///< offset, length
    Size = 11,    ///< bytes
    NoXattrs = 12, ///< away with those that it has
    Xattr = 13,   ///< name, value
    Vectors = 14, ///< offset, flags, bytes
    Attrs = 15,   ///< mode, uid, gid, atime, mtime
    End = 16,     ///< how many frames came before
};

constexpr uint32_t kHeadGoesOn = 1;   ///< with what a receiver has up to a position
constexpr uint32_t kVectorsLast = 1;  ///< the fork ends here
constexpr uint32_t kVectorsFresh = 2; ///< made of the data as it is; with kVectorsLast

/// Appends little-endian fields.
class Fields
{
public:
    Fields &u32(uint32_t value) { return number(value, 4); }
    Fields &u64(uint64_t value) { return number(value, 8); }
    /// Up to the end of the payload.
    Fields &rest(std::string_view bytes)
    {
        m_bytes.append(bytes);
        return *this;
    }
    /// With its length before it.
    Fields &text(std::string_view bytes)
    {
        return u32(static_cast<uint32_t>(bytes.size())).rest(bytes);
    }
    const std::string &bytes() const { return m_bytes; }

private:
    Fields &number(uint64_t value, int count)
    {
        for (int i = 0; i < count; i++)
            m_bytes.push_back(static_cast<char>(value >> (8 * i)));
        return *this;
    }

    std::string m_bytes;
};

/// Takes fields from a payload. Whoever reads beyond it gets zeros, and isGood() is false.
class Reader
{
public:
    explicit Reader(std::string_view bytes) : m_left(bytes) {}

    uint32_t u32() { return static_cast<uint32_t>(number(4)); }
    uint64_t u64() { return number(8); }
    std::string_view text() { return take(u32()); }
    std::string_view bytes(size_t count) { return take(count); }
    std::string_view rest() { return take(m_left.size()); }
    bool isGood() const { return m_isGood; }
    bool isDone() const { return m_isGood && m_left.empty(); }

private:
    uint64_t number(size_t count);
    std::string_view take(size_t count);

    std::string_view m_left;
    bool m_isGood = true;
};

/// Writes frames. Each one's checksum covers those of all before it.
class FrameWriter
{
public:
    explicit FrameWriter(int out) : m_out(out) {}

    Status write(Kind kind, const std::string &payload);
    Status flush();
    uint64_t frames() const { return m_frames; }
    uint64_t bytes() const { return m_bytes; }

private:
    int m_out;
    std::string m_buffer;
    uint32_t m_crc = 0;
    uint64_t m_frames = 0, m_bytes = 0;
};

struct Frame
{
    Kind kind = Kind::End;
    std::string payload;
};

/// Reads frames, each checked before it is given out.
class FrameReader
{
public:
    explicit FrameReader(int in) : m_in(in) {}

    Result<Frame> next();
    uint64_t frames() const { return m_frames; }
    uint64_t bytes() const { return m_bytes; }
    /// The errno of what next() failed with; 0 when it did not.
    int sysErrno() const { return m_problem; }

private:
    Result<Frame> read();
    Status fill(char *to, size_t bytes);

    int m_in;
    int m_problem = 0;
    uint32_t m_crc = 0;
    uint64_t m_frames = 0, m_bytes = 0;
};

tl::unexpected<Problem> problem(int sysErrno, const std::string &what);
/// The same, with errno and its words.
tl::unexpected<Problem> failed(const std::string &what);

} // namespace vexfs::stream
