// SPDX-License-Identifier: Apache-2.0
#include "cli/output/progress_bar.h"

#include "cli/output/human.h"

#include <algorithm>

#include <unistd.h>

namespace vexfs::cli {

namespace {

constexpr int kLineIntervalMs = 10 * 1000;
constexpr int kBarColumns = 30;

} // namespace

ProgressBar::ProgressBar(std::ostream &err, bool isTerminal) : m_err(err), m_isTerminal(isTerminal)
{
    m_sinceLine.start();
}

ProgressBar::~ProgressBar()
{
    clear();
}

void ProgressBar::update(double fraction, const QString &what)
{
    const QString share = fraction < 0
                              ? QStringLiteral("  ? %")
                              : QStringLiteral("%1 %").arg(static_cast<int>(fraction * 100), 3);
    if (!m_isTerminal) {
        if (m_sinceLine.elapsed() < kLineIntervalMs)
            return;
        m_sinceLine.restart();
        m_err << share.trimmed().toStdString() << "  " << what.toStdString() << std::endl;
        return;
    }
    const int filled = std::clamp(static_cast<int>(fraction * kBarColumns), 0, kBarColumns);
    const QString bar = QString(filled, u'#') + QString(kBarColumns - filled, u'.');
    const int columns = terminalColumns(STDERR_FILENO, 80);
    const QString line = QStringLiteral("[%1] %2  %3").arg(bar, share, what).left(columns - 1);
    m_err << "\r\033[K" << line.toStdString() << std::flush;
    m_isShown = true;
}

void ProgressBar::clear()
{
    if (m_isShown)
        m_err << "\r\033[K" << std::flush;
    m_isShown = false;
}

} // namespace vexfs::cli
