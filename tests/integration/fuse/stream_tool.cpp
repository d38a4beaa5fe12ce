// SPDX-License-Identifier: Apache-2.0
// The library of common/stream for tests that are no C++. A problem is told as "errno: words", and
// on a line of its own the token with which to go on. "" stands for what is not given.
//   send VOLUME NAME FROM TOKEN > stream
//   receive VOLUME NAME [CHECKPOINT_BYTES] < stream, which with that keeps what was cut off
//   partial VOLUME: a token a line; drop VOLUME TOKEN
#include "common/stream/stream.h"

#include <cstdio>
#include <string>
#include <unistd.h>

using namespace vexfs::stream;

namespace {

int tell(const Problem &problem)
{
    std::fprintf(stderr, "%d: %s\n%s\n", problem.sysErrno, problem.what.c_str(),
                 problem.token.c_str());
    return 1;
}

int receive(const std::string &volume, const std::string &name, const std::string &checkpoint)
{
    ReceiveRequest request{volume, name};
    request.isKept = !checkpoint.empty();
    if (request.isKept)
        request.checkpointBytes = std::stoull(checkpoint);
    const auto received = receiveSnapshot(request, STDIN_FILENO);
    if (received)
        std::printf("%llu\n", static_cast<unsigned long long>(received->id));
    return received ? 0 : tell(received.error());
}

int list(const std::string &volume)
{
    const auto all = partialStreams(volume);
    if (!all)
        return tell(all.error());
    for (const PartialStream &each : *all)
        std::printf("%s\n", each.token.c_str());
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    const auto word = [&](int i) { return std::string(argc > i ? argv[i] : ""); };
    const std::string verb = argc > 2 ? word(1) : "";
    if (verb == "send") {
        const auto sent = sendSnapshot({word(2), word(3), word(4), word(5)}, STDOUT_FILENO);
        return sent ? 0 : tell(sent.error());
    }
    if (verb == "receive")
        return receive(word(2), word(3), word(4));
    if (verb == "partial")
        return list(word(2));
    if (verb == "drop") {
        const auto dropped = dropPartialStream(word(2), word(3));
        return dropped ? 0 : tell(dropped.error());
    }
    std::fprintf(stderr, "send | receive | partial | drop, see the source\n");
    return 2;
}
