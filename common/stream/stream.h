// SPDX-License-Identifier: Apache-2.0
//
// common/stream/stream.h - a snapshot as a stream of bytes: whole, or what is different from an
// earlier one. kernel/FORMAT.md, "Streams", has the bytes.
//
// Both ends work on mounted volumes, by a filesystem's calls and the control ABI, as the volume's
// owner (what only root may do, such as giving files to others, needs root). They block on the
// descriptor and on the disk.
#pragma once

#include <cstdint>
#include <string>
#include <vector>
#include <tl/expected.hpp>

namespace vexfs::stream {

/// What went wrong, in words, and the errno that goes with it: EBADMSG for a stream that is cut or
/// damaged, EPROTONOSUPPORT for one of a later version, ENOENT for a snapshot that is not there
/// (the one that an incremental stream builds on, too), EEXIST for a name that is taken, EBUSY for
/// a volume that is receiving already, EINVAL for what is no token, ESTALE for a token of another
/// volume or a stream that goes on elsewhere than the receiver is.
struct Problem
{
    int sysErrno = 0;
    std::string what;
    std::string token = {}; ///< with which to go on; empty where nothing was kept
};

template <class T> using Result = tl::expected<T, Problem>;
using Status = Result<void>;

struct SendRequest
{
    std::string volume; ///< where it is mounted
    std::string name;   ///< a snapshot that is not writable
    std::string from;   ///< another one, older, to send the difference; empty for all of it
    /// Of a receiver that was cut off: what it lacks is sent. Name and from, where they are given,
    /// must be what it is of.
    std::string token = {};
};

struct Sent
{
    uint64_t bytes = 0;
    uint64_t frames = 0;
    std::string name = {}; ///< of what was sent
};

/// Writes the stream to @p out: a file, a pipe or a socket.
Result<Sent> sendSnapshot(const SendRequest &request, int out);

struct ReceiveRequest
{
    std::string volume;
    std::string name; ///< what the snapshot is to be called; empty for its own name
    bool isKept = false; ///< what is there of a stream that is cut stays, for one that goes on
    uint64_t checkpointBytes = 64u << 20; ///< of the stream, after which that is made certain
};

struct Received
{
    uint64_t id = 0;
    std::string name;
    uint64_t bytes = 0;
};

/// Makes the snapshot that @p in holds. It is filled where nobody sees it, and appears at once when
/// all of the stream was there and right; otherwise nothing is left, unless that was asked for.
/// What a killed receiver left and nobody can go on with is removed by the next. A stream that goes
/// on with what was kept is kept again.
Result<Received> receiveSnapshot(const ReceiveRequest &request, int in);

/// What receivers kept of streams that were cut. It takes up space as any snapshot does.
struct PartialStream
{
    std::string token;
    std::string name; ///< that was asked for; empty for the snapshot's own
    uint64_t files = 0; ///< that are there whole
    bool isIncremental = false;
};

Result<std::vector<PartialStream>> partialStreams(const std::string &volume);

/// ENOENT when there is none of that token.
Status dropPartialStream(const std::string &volume, const std::string &token);

} // namespace vexfs::stream
