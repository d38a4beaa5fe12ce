// SPDX-License-Identifier: Apache-2.0
#include "common/stream/partial.h"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

namespace vexfs::stream {

namespace {

constexpr char kTokenBegin[] = "vexfs1-";

std::string nameOf(uint64_t tree, const char *suffix = "")
{
    return "partial-" + std::to_string(tree) + suffix;
}

Fields &put(Fields &fields, const Identity &identity, const Position &position)
{
    return fields.rest({identity.uuid.data(), identity.uuid.size()})
        .u64(identity.snapshot)
        .u64(identity.from)
        .u64(position.files)
        .u64(position.offset);
}

void take(Reader &fields, Identity *identity, Position *position)
{
    const std::string_view uuid = fields.bytes(identity->uuid.size());
    if (uuid.size() == identity->uuid.size())
        std::copy(uuid.begin(), uuid.end(), identity->uuid.begin());
    identity->snapshot = fields.u64();
    identity->from = fields.u64();
    position->files = fields.u64();
    position->offset = fields.u64();
}

uint32_t checksum(std::string_view bytes)
{
    return static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef *>(bytes.data()),
                                       static_cast<uInt>(bytes.size())));
}

/// -1 for what is no digit.
int digitOf(char letter)
{
    if (letter >= '0' && letter <= '9')
        return letter - '0';
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

std::string payloadOf(const Receiver::Attrs &attrs)
{
    Fields fields;
    fields.text(attrs.path).u32(attrs.mode);
    for (const timespec &time : attrs.times)
        fields.u64(static_cast<uint64_t>(time.tv_sec)).u32(static_cast<uint32_t>(time.tv_nsec));
    return fields.bytes();
}

Receiver::Attrs attrsOf(Reader fields)
{
    Receiver::Attrs attrs{};
    attrs.path = fields.text();
    attrs.mode = fields.u32();
    for (timespec &time : attrs.times) {
        time.tv_sec = static_cast<time_t>(fields.u64());
        time.tv_nsec = fields.u32();
    }
    return attrs;
}

std::string checkpoint(const Position &position)
{
    return Fields().u64(position.files).u64(position.offset).bytes();
}

} // namespace

std::string encode(const Token &token)
{
    static constexpr char kDigits[] = "0123456789abcdef";
    Fields fields;
    put(fields, token.identity, token.position);
    fields.u32(checksum(fields.bytes()));
    std::string text = kTokenBegin;
    for (const char byte : fields.bytes()) {
        text += kDigits[static_cast<uint8_t>(byte) >> 4];
        text += kDigits[static_cast<uint8_t>(byte) & 15];
    }
    return text;
}

Result<Token> parseToken(const std::string &text)
{
    const auto wrong =
        problem(EINVAL, "'" + text + "' is no token of a receiver, or not all of it");
    constexpr size_t kBegin = sizeof kTokenBegin - 1;
    if (text.rfind(kTokenBegin, 0) != 0 || (text.size() - kBegin) % 2)
        return wrong;
    std::string bytes;
    for (size_t at = kBegin; at < text.size(); at += 2) {
        const int high = digitOf(text[at]), low = digitOf(text[at + 1]);
        if (high < 0 || low < 0)
            return wrong;
        bytes += static_cast<char>(high << 4 | low);
    }
    Reader fields(bytes);
    Token token;
    take(fields, &token.identity, &token.position);
    const uint32_t sum = fields.u32();
    if (!fields.isDone() || sum != checksum(std::string_view(bytes).substr(0, bytes.size() - 4)))
        return wrong;
    return token;
}

Status Journal::sync(FrameWriter *writer) const
{
    if (auto done = writer->flush(); !done)
        return done;
    return ::fdatasync(*m_file) ? failed("How far the stream came cannot be noted") : Status();
}

Status Journal::begin(const Kept &kept)
{
    const std::string fresh = nameOf(m_tree, ".new");
    m_file = Fd(::openat(m_records, fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!m_file)
        return failed("How far the stream came cannot be noted");
    m_writer = std::make_unique<FrameWriter>(*m_file);
    Fields head;
    put(head, kept.identity, kept.position).rest(kept.name);
    Status done = m_writer->write(Kind::Head, head.bytes());
    if (done)
        done = add(kept.directories, 0, kept.position);
    if (done && ::renameat(m_records, fresh.c_str(), m_records, nameOf(m_tree).c_str()))
        done = failed("How far the stream came cannot be noted");
    if (done && ::fsync(m_records))
        done = failed("How far the stream came cannot be noted");
    return done;
}

Status Journal::add(const std::vector<Receiver::Attrs> &directories, size_t first,
                    const Position &position)
{
    Status done;
    for (size_t i = first; done && i < directories.size(); i++)
        done = m_writer->write(Kind::Attrs, payloadOf(directories[i]));
    if (done)
        done = m_writer->write(Kind::End, checkpoint(position));
    return done ? sync(m_writer.get()) : done;
}

std::optional<Kept> readJournal(int records, uint64_t tree)
{
    const Fd file(::openat(records, nameOf(tree).c_str(), O_RDONLY | O_CLOEXEC));
    if (!file)
        return std::nullopt;
    Kept kept;
    kept.tree = tree;
    FrameReader reader(*file);
    size_t certain = 0; // of the directories
    bool isKept = false;
    for (auto frame = reader.next(); frame; frame = reader.next()) {
        Reader fields(frame->payload);
        if (frame->kind == Kind::Head) {
            take(fields, &kept.identity, &kept.position);
            kept.name = fields.rest();
        } else if (frame->kind == Kind::Attrs) {
            kept.directories.push_back(attrsOf(fields));
        } else if (frame->kind == Kind::End) {
            kept.position.files = fields.u64();
            kept.position.offset = fields.u64();
            certain = kept.directories.size();
            isKept = true;
        }
    }
    kept.directories.resize(certain);
    return isKept ? std::optional(kept) : std::nullopt;
}

void removeJournal(int records, uint64_t tree)
{
    ::unlinkat(records, nameOf(tree).c_str(), 0);
    ::unlinkat(records, nameOf(tree, ".new").c_str(), 0);
}

} // namespace vexfs::stream
