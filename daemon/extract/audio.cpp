// SPDX-License-Identifier: Apache-2.0
//
// Tags of sounds and films by TagLib. Its own way to a file is a path; in the sandbox there is only
// the descriptor.
#include "daemon/extract/media.h"

#include <sys/stat.h>
#include <taglib/fileref.h>
#include <taglib/tag.h>
#include <taglib/tiostream.h>
#include <taglib/tpropertymap.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace vexfs::extract {

namespace {

// A block that TagLib wants at once: pictures of covers are the largest.
constexpr unsigned long kBlockBytesMax = 64 << 20;

class DescriptorStream : public TagLib::IOStream
{
public:
    explicit DescriptorStream(int file) : m_file(file)
    {
        struct stat stat{};
        if (fstat(file, &stat) == 0)
            m_bytes = stat.st_size;
    }

    // Empty: the format is told by the content.
    TagLib::FileName name() const override { return ""; }
    TagLib::ByteVector readBlock(unsigned long length) override
    {
        length = std::min({length, kBlockBytesMax, static_cast<unsigned long>(
                                                       std::max(0L, m_bytes - m_at))});
        TagLib::ByteVector block(static_cast<unsigned int>(length));
        const ssize_t got = pread(m_file, block.data(), length, m_at);
        block.resize(static_cast<unsigned int>(std::max<ssize_t>(0, got)));
        m_at += static_cast<long>(block.size());
        return block;
    }
    void writeBlock(const TagLib::ByteVector &) override {}
    void insert(const TagLib::ByteVector &, unsigned long, unsigned long) override {}
    void removeBlock(unsigned long, unsigned long) override {}
    bool readOnly() const override { return true; }
    bool isOpen() const override { return true; }
    void seek(long offset, Position from) override
    {
        const long base = from == Beginning ? 0 : from == Current ? m_at : m_bytes;
        m_at = std::clamp(base + std::clamp(offset, -m_bytes, m_bytes), 0L, m_bytes);
    }
    long tell() const override { return m_at; }
    long length() override { return m_bytes; }
    void truncate(long) override {}

private:
    int m_file;
    long m_at = 0;
    long m_bytes = 0;
};

struct Name
{
    const char *property;
    const char *shown;
};
constexpr std::array<Name, 12> kNames{{{"TITLE", "Title"},
                                       {"ARTIST", "Artist"},
                                       {"ALBUM", "Album"},
                                       {"ALBUMARTIST", "Album artist"},
                                       {"COMPOSER", "Composer"},
                                       {"LYRICIST", "Lyricist"},
                                       {"CONDUCTOR", "Conductor"},
                                       {"GENRE", "Genre"},
                                       {"DATE", "Date"},
                                       {"COMMENT", "Comment"},
                                       {"DESCRIPTION", "Description"},
                                       {"LYRICS", "Lyrics"}}};

} // namespace

void extractAudio(int file, Output &out)
{
    DescriptorStream stream(file);
    const TagLib::FileRef opened(&stream, false);
    if (opened.isNull())
        throw Empty("what it says of itself cannot be read");
    const TagLib::PropertyMap properties = opened.file()->properties();
    const auto value = [&](const char *name) {
        const auto found = properties.find(name);
        return found == properties.end() ? std::string()
                                         : found->second.toString(", ").to8Bit(true);
    };
    out.setTitle(value("TITLE"));
    out.setAuthor(value("ARTIST"));
    const std::string date = value("DATE");
    out.setDate(secondsOf(date.size() == 4 ? date + "-01-01" : date));
    for (const Name &name : kNames) {
        const std::string text = value(name.property);
        if (text.find_first_not_of(" \t\r\n") == std::string::npos)
            continue;
        out.addText(std::string(name.shown) + ": ");
        out.addText(text);
        out.endLine();
    }
    if (!out.hasText())
        throw Empty("it says nothing of itself");
}

} // namespace vexfs::extract
