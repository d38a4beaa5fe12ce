// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace vexfs::fuse {

struct Driver;
class RequestLoop;

/// The thread that gives the engine its background time, answers waiting requests, and sees that
/// requests go on being taken.
class Ticker
{
public:
    Ticker(Driver &driver, RequestLoop &loop)
        : m_driver(driver), m_loop(loop), m_thread([this] { run(); })
    {}
    ~Ticker();
    Ticker(const Ticker &) = delete;
    Ticker &operator=(const Ticker &) = delete;

private:
    void run();
    void tellBlocks();

    Driver &m_driver;
    RequestLoop &m_loop;
    std::mutex m_mutex;
    std::condition_variable m_wake;
    bool m_isStopped = false;
    std::chrono::steady_clock::time_point m_blocksTold;
    std::thread m_thread; ///< last: it uses the others
};

} // namespace vexfs::fuse
