// SPDX-License-Identifier: Apache-2.0
//
// common/stream/partial.h - how far a receiver came, kept so that another can go on.
//
// The tree that is being filled stays where nobody sees it. Beside it, in the volume's own folder,
// lies a journal: which stream it is of, the directories whose attributes have to wait for the end,
// and checkpoints, each written when all that came before it in the stream is on disk. Frames after
// a checkpoint are applied again: those about the content of files may be, so before the first file
// there is no checkpoint. The journal is made of frames as the stream is; what a crash cut off does
// not match.
#pragma once

#include "common/stream/receiver.h"

#include <memory>

namespace vexfs::stream {

/// Of what a stream is.
struct Identity
{
    Uuid uuid{};
    uint64_t snapshot = 0, from = 0;

    bool operator==(const Identity &) const = default;
};

/// What a token holds. Tokens are for people to copy: letters, digits and '-'.
struct Token
{
    Identity identity;
    Position position;
};

std::string encode(const Token &token);
/// EINVAL for what is no token, or was not copied whole.
Result<Token> parseToken(const std::string &text);

/// What a journal says, as of its last checkpoint.
struct Kept
{
    uint64_t tree = 0;
    Identity identity;
    Position position;
    std::string name; ///< that was asked for; empty for its own
    std::vector<Receiver::Attrs> directories;
};

/// Writes one. @p records: the folder, whose descriptor stays the caller's.
class Journal
{
public:
    Journal(int records, uint64_t tree) : m_records(records), m_tree(tree) {}

    /// What @p kept says is on disk when this returns, and other content of the journal gone.
    Status begin(const Kept &kept);
    Status add(const std::vector<Receiver::Attrs> &directories, size_t first,
               const Position &position);

private:
    Status sync(FrameWriter *writer) const;

    int m_records;
    uint64_t m_tree;
    Fd m_file;
    std::unique_ptr<FrameWriter> m_writer;
};

/// Nothing for a tree that has no journal, or one without a checkpoint.
std::optional<Kept> readJournal(int records, uint64_t tree);
void removeJournal(int records, uint64_t tree);

} // namespace vexfs::stream
