// SPDX-License-Identifier: Apache-2.0
//
// vexctl, the command line of VexFS.
#include "cli/vexfs/vexctl.h"
#include "common/client/bus_client.h"

#include <QCoreApplication>

#include <clocale>
#include <cstdlib>
#include <iostream>

#include <unistd.h>

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    vexfs::client::BusClient client;
    vexfs::cli::IoLayer io{std::cin, std::cout, std::cerr, client};
    io.isOutTerminal = isatty(STDOUT_FILENO) != 0;
    io.isErrTerminal = isatty(STDERR_FILENO) != 0;
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    const int status = vexfs::cli::runVexctl(arguments, VEXFS_VERSION, io);
    std::cout.flush();
    std::cerr.flush();
    // Not by return: the destructors of Qt's statics take registered types away while the thread of
    // QtDBus may still be reading a message with them, and it then complains on stderr.
    std::quick_exit(status);
}
