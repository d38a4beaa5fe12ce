// SPDX-License-Identifier: Apache-2.0
//
// common/stream/receiver.h - does what the frames of a stream say, in a tree that nobody sees.
// Frames are hostile: nothing outside the tree is reached, whatever paths they have.
#pragma once

#include "common/stream/tree_calls.h"

#include <ctime>
#include <map>

namespace vexfs::stream {

class Receiver
{
public:
    /// @p root: of the tree, @p tree its id. Both descriptors stay the caller's.
    Receiver(int volume, int root, uint64_t tree) : m_volume(volume), m_root(root), m_tree(tree) {}

    Status begin();
    Status apply(const Frame &frame);
    /// After the last frame: what can only be done when all else was.
    Status finish();

private:
    struct Attrs
    {
        std::string path;
        timespec times[2];
        mode_t mode;
    };

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
    std::vector<std::string> m_fresh;
};

} // namespace vexfs::stream
