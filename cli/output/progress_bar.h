// SPDX-License-Identifier: Apache-2.0
//
// cli/output/progress_bar.h - how far long work is: a bar on a terminal, a line now and then else.
#pragma once

#include <QElapsedTimer>
#include <QString>

#include <ostream>

namespace vexfs::cli {

/// Owner: the command; writes to its error stream.
class ProgressBar
{
public:
    ProgressBar(std::ostream &err, bool isTerminal);
    ~ProgressBar();
    ProgressBar(const ProgressBar &) = delete;
    ProgressBar &operator=(const ProgressBar &) = delete;

    /// fraction 0..1, or negative when unknown; what is said behind it.
    void update(double fraction, const QString &what);

    /// Takes the bar away.
    void clear();

private:
    std::ostream &m_err;
    const bool m_isTerminal;
    bool m_isShown = false;
    QElapsedTimer m_sinceLine;
};

} // namespace vexfs::cli
