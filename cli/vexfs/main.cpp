// SPDX-License-Identifier: Apache-2.0
//
// vexctl, the command line of VexFS.
#include "cli/vexfs/vexctl.h"
#include "common/client/bus_client.h"

#include <QCoreApplication>

#include <clocale>
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
    return vexfs::cli::runVexctl(arguments, VEXFS_VERSION, io);
}
