// SPDX-License-Identifier: Apache-2.0
// stream_tool send VOLUME NAME [FROM] > stream; stream_tool receive VOLUME [NAME] < stream: the
// library of common/stream for tests that are no C++. A problem is told as "errno: words".
#include "common/stream/stream.h"

#include <cstdio>
#include <string>
#include <unistd.h>

namespace {

int tell(const vexfs::stream::Problem &problem)
{
    std::fprintf(stderr, "%d: %s\n", problem.sysErrno, problem.what.c_str());
    return 1;
}

} // namespace

int main(int argc, char **argv)
{
    const std::string verb = argc > 2 ? argv[1] : "", volume = argc > 2 ? argv[2] : "";
    const std::string name = argc > 3 ? argv[3] : "", from = argc > 4 ? argv[4] : "";
    if (verb == "send" && !name.empty()) {
        const auto sent = vexfs::stream::sendSnapshot({volume, name, from}, STDOUT_FILENO);
        return sent ? 0 : tell(sent.error());
    }
    if (verb == "receive") {
        const auto received = vexfs::stream::receiveSnapshot({volume, name}, STDIN_FILENO);
        if (received)
            std::printf("%llu\n", static_cast<unsigned long long>(received->id));
        return received ? 0 : tell(received.error());
    }
    std::fprintf(stderr, "send VOLUME NAME [FROM] | receive VOLUME [NAME]\n");
    return 2;
}
