// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

namespace vexfs::fuse {

struct Driver;

/// The thread that gives the engine its background time and answers waiting requests.
class Ticker
{
public:
    explicit Ticker(Driver &driver) : m_driver(driver), m_thread([this] { run(); }) {}
    ~Ticker();
    Ticker(const Ticker &) = delete;
    Ticker &operator=(const Ticker &) = delete;

private:
    void run();

    Driver &m_driver;
    std::mutex m_mutex;
    std::condition_variable m_wake;
    bool m_isStopped = false;
    std::thread m_thread; ///< last: it uses the others
};

} // namespace vexfs::fuse
