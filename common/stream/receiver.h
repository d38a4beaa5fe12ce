// SPDX-License-Identifier: Apache-2.0
//
// common/stream/receiver.h - does what the frames of a stream say, in a tree that nobody sees.
// Frames are hostile: nothing outside the tree is reached, whatever paths they have.
#pragma once

#include "common/stream/tree_calls.h"

#include <ctime>
#include <optional>

namespace vexfs::stream {

/// Files that are there whole, and bytes of the next one: in the order of the stream.
struct Position
{
    uint64_t files = 0;
    uint64_t offset = 0;

    auto operator<=>(const Position &) const = default;
};

class Receiver
{
public:
    /// Of a directory, for the end.
    struct Attrs
    {
        std::string path;
        timespec times[2];
        mode_t mode;
    };

    /// @p root: of the tree, @p tree its id. Both descriptors stay the caller's.
    Receiver(int volume, int root, uint64_t tree) : m_volume(volume), m_root(root), m_tree(tree) {}

    Status begin();
    /// Goes on with a tree that another filled so far.
    Status goOn(const Position &position, std::vector<Attrs> directories);
    Status apply(const Frame &frame);
    /// The file that is written to is on disk; those before are. (Through FUSE, syncfs(2) does not
    /// wait for writes that are under way, and hence does not tell of their errors.)
    Status sync() const;
    /// After the last frame: what can only be done when all else was.
    Status finish();

    /// What was applied; nothing before the first file.
    std::optional<Position> position() const { return m_position; }
    const std::vector<Attrs> &directories() const { return m_directories; }

private:
    Status applyNames(const Frame &frame, Reader *fields);
    Status place(Reader *fields, bool isLast);
    Status remove(const std::string &path, int flags);
    Status make(Reader *fields);
    Status stage(Reader *fields);
    Status openFile(const std::string &path);
    Status writeData(uint64_t offset, std::string_view bytes);
    Status punch(uint64_t offset, uint64_t length);
    Status removeXattrs();
    Status setXattr(const std::string &name, std::string_view value);
    Status writeVectors(Reader *fields);
    Status setAttrs(Reader *fields);
    Status freshenVectors();
    void advanceTo(uint64_t offset);
    Fd parentOf(const std::string &path, std::string *name) const;
    std::string filePath() const;
    Status needsData() const;

    int m_volume, m_root;
    uint64_t m_tree;
    Fd m_staging;
    std::string m_path;
    mode_t m_mode = 0;
    Fd m_file; ///< O_PATH for all but regular files and directories
    bool m_isFile = false;
    std::vector<Attrs> m_directories;
    bool m_isFresh = false; ///< its vectors are of its data
    bool m_goesOn = false;  ///< the next file may have been written to before
    std::optional<Position> m_position;
};

} // namespace vexfs::stream
