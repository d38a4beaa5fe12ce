// SPDX-License-Identifier: Apache-2.0
#include "cli/offline/tools.h"

#include <iostream>

int main(int argc, char **argv)
{
    return vexfs::cli::runTune(argc, argv, std::cout, std::cerr);
}
