// SPDX-License-Identifier: Apache-2.0
#include "cli/mount/helpers.h"

#include <iostream>

int main(int argc, char **argv)
{
    return vexfs::cli::runMount(argc, argv, std::cout, std::cerr);
}
