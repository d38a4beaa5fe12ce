// SPDX-License-Identifier: Apache-2.0
//
// bench_map layout COUNT DIMENSION | canvas COUNT: what a map costs.
//
// layout: made vectors in COUNT / 500 clusters that overlap, laid out over the neighbours that an
// hnswlib index finds, as the daemon does it; seconds of each stage, and of 1,000 points the share
// of their 10 true neighbours that are so on the plane (preservation) and the trustworthiness of
// those on the plane (Venna, Kaski 2001, of the sample against all), beside the principal axes'.
// canvas: an offscreen widget of 1600 x 1000 that is panned, zoomed and hovered; each frame is
// drawn into an image.
#include "daemon/index/vector_index.h"
#include "daemon/map/layout.h"
#include "gui/widgets/map_canvas.h"
#include "tests/unit/daemon/map/made_vectors.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QImage>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <map>

using namespace vexfs;
using namespace vexfs::daemon;

namespace {

constexpr size_t kNear = 10;
constexpr size_t kJudged = 1000;

double residentMb()
{
    QFile status(QStringLiteral("/proc/self/status"));
    if (!status.open(QIODevice::ReadOnly))
        return 0;
    for (const QByteArray &line : status.readAll().split('\n')) {
        if (line.startsWith("VmRSS:"))
            return line.mid(6).trimmed().split(' ').constFirst().toDouble() / 1024;
    }
    return 0;
}

std::vector<uint32_t> order(size_t count, const std::function<float(uint32_t)> &distance,
                            uint32_t self)
{
    std::vector<std::pair<float, uint32_t>> all;
    all.reserve(count);
    for (uint32_t i = 0; i < count; ++i) {
        if (i != self)
            all.emplace_back(distance(i), i);
    }
    std::sort(all.begin(), all.end());
    std::vector<uint32_t> out;
    out.reserve(count);
    for (const auto &each : all)
        out.push_back(each.second);
    return out;
}

struct Judgement
{
    double preservation = 0;
    double trustworthiness = 0;
};

std::vector<Judgement> judge(const test::MadeVectors &made,
                             const std::vector<const std::vector<Place> *> &maps)
{
    std::vector<Judgement> out(maps.size());
    const auto n = double(made.count);
    const size_t judged = std::min(kJudged, made.count);
    for (size_t j = 0; j < judged; ++j) {
        const auto self = uint32_t(j * made.count / judged);
        const auto truth = order(
            made.count, [&](uint32_t i) { return -made.similarity(self, i); }, self);
        std::vector<uint32_t> rank(made.count, 0);
        for (uint32_t r = 0; r < truth.size(); ++r)
            rank[truth[r]] = r + 1;
        for (size_t m = 0; m < maps.size(); ++m) {
            const std::vector<Place> &places = *maps[m];
            const auto near = order(
                made.count,
                [&](uint32_t i) {
                    const float x = places[i].x - places[self].x;
                    const float y = places[i].y - places[self].y;
                    return x * x + y * y;
                },
                self);
            double penalty = 0;
            for (size_t k = 0; k < kNear; ++k) {
                if (rank[near[k]] <= kNear)
                    out[m].preservation += 1.0 / double(kNear * judged);
                else
                    penalty += double(rank[near[k]]) - double(kNear);
            }
            const double worst = double(kNear) * (2 * n - 3.0 * double(kNear) - 1) / 2;
            out[m].trustworthiness += (1 - penalty / worst) / double(judged);
        }
    }
    return out;
}

int layout(size_t count, uint32_t dimension)
{
    const test::MadeVectors made(count, dimension, uint32_t(std::max<size_t>(count / 500, 4)),
                                 1.2F);
    QElapsedTimer timer;
    timer.start();
    const auto index = createHnswIndex({QByteArrayLiteral("made"), dimension});
    for (size_t i = 0; i < count; ++i) {
        const auto row = made.row(i);
        if (!index->put(i + 1, {std::vector<float>(row.begin(), row.end())}))
            return 1;
    }
    std::printf("index built for it: %.1f s\n", double(timer.restart()) / 1000);
    LayoutInput input = made.input();
    input.neighbours = [&](size_t point, size_t most) -> base::Result<std::vector<Neighbour>> {
        const auto hits = index->search(made.row(point), most, nullptr);
        if (!hits)
            return tl::unexpected(hits.error());
        std::vector<Neighbour> out;
        for (const VectorHit &hit : *hits)
            out.push_back({uint32_t(hit.ino - 1), hit.similarity});
        return out;
    };
    std::map<LayoutStage, double> began;
    LayoutOptions options;
    options.goOn = [&](LayoutStage stage, double) {
        began.try_emplace(stage, double(timer.elapsed()) / 1000);
        return true;
    };
    const double before = residentMb();
    timer.restart();
    const auto places = layOut(input, options);
    const double seconds = double(timer.restart()) / 1000;
    const auto axes = layOut(input, {.isOnlyAxes = true});
    const double axesSeconds = double(timer.elapsed()) / 1000;
    if (!places || !axes)
        return 1;
    std::printf("layout of %zu x %u: %.1f s, of it neighbours %.1f s, places %.1f s; "
                "%.0f MB more than before\n",
                count, dimension, seconds,
                began[LayoutStage::Places] - began[LayoutStage::Neighbours],
                seconds - began[LayoutStage::Places], residentMb() - before);
    std::printf("principal axes alone: %.1f s\n", axesSeconds);
    const auto judged = judge(made, {&*places, &*axes});
    std::printf("preservation (k=10): map %.3f, axes %.3f, ratio %.1f\n", judged[0].preservation,
                judged[1].preservation, judged[0].preservation / judged[1].preservation);
    std::printf("trustworthiness (k=10): map %.3f, axes %.3f\n", judged[0].trustworthiness,
                judged[1].trustworthiness);
    return 0;
}

double percentile(std::vector<double> all, double share)
{
    std::sort(all.begin(), all.end());
    return all[size_t(share * double(all.size() - 1))];
}

std::vector<gui::CanvasPoint> madePlaces(size_t count)
{
    Random random(3);
    std::vector<gui::CanvasPoint> points;
    points.reserve(count);
    for (size_t i = 0; i < count; ++i) {
        const auto group = quint32(i % 60);
        const auto near = [&] {
            return random.symmetric() + random.symmetric() + random.symmetric();
        };
        points.push_back({near() + float(group % 8) * 4, near() + float(group / 8) * 4, group, 0});
    }
    return points;
}

void tell(const char *what, const std::vector<double> &ms)
{
    const double median = percentile(ms, 0.5);
    std::printf("%s: median %.1f ms (%.0f a second), 95 %% below %.1f ms\n", what, median,
                1000 / median, percentile(ms, 0.95));
}

int canvas(size_t count)
{
    constexpr int kFrames = 120;
    const double before = residentMb();
    gui::MapCanvas canvas;
    canvas.resize(1600, 1000);
    QElapsedTimer timer;
    timer.start();
    canvas.setPoints(madePlaces(count));
    canvas.showAll();
    QImage image(canvas.size(), QImage::Format_RGB32);
    canvas.render(&image);
    std::printf("%zu points shown after %.0f ms, %.0f MB more than an empty program\n", count,
                double(timer.elapsed()), residentMb() - before);
    const auto frames = [&](const std::function<void(int)> &step) {
        std::vector<double> ms;
        for (int i = 0; i < kFrames; ++i) {
            timer.restart();
            step(i);
            canvas.render(&image);
            ms.push_back(double(timer.nsecsElapsed()) / 1e6);
        }
        return ms;
    };
    tell("panning, all in view", frames([&](int i) {
             canvas.pan({i % 2 == 0 ? 5.0 : -5.0, 3.0 - i % 7});
         }));
    canvas.showAll();
    tell("zooming in and out", frames([&](int i) {
             canvas.zoom(i < kFrames / 2 ? 1.1 : 1 / 1.1, {800, 500});
         }));
    canvas.showAll();
    canvas.zoom(20, {800, 500});
    tell("panning, 20 times nearer", frames([&](int) { canvas.pan({-4, 1}); }));
    canvas.showAll();
    std::vector<double> ms;
    for (int i = 0; i < 2000; ++i) {
        timer.restart();
        canvas.pointAt({double(i * 37 % 1600), double(i * 91 % 1000)});
        ms.push_back(double(timer.nsecsElapsed()) / 1e6);
    }
    std::printf("hover: median %.4f ms, 99 %% below %.4f ms\n", percentile(ms, 0.5),
                percentile(ms, 0.99));
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    QApplication app(argc, argv);
    setvbuf(stdout, nullptr, _IOLBF, 0);
    if (argc == 4 && std::strcmp(argv[1], "layout") == 0)
        return layout(size_t(std::atoll(argv[2])), uint32_t(std::atoi(argv[3])));
    if (argc == 3 && std::strcmp(argv[1], "canvas") == 0)
        return canvas(size_t(std::atoll(argv[2])));
    std::fprintf(stderr, "usage: bench_map layout COUNT DIMENSION | canvas COUNT\n");
    return 2;
}
