// SPDX-License-Identifier: Apache-2.0
//
// Goal: pictures and sounds are found by what they say of themselves, pictures by the words in them
// where that is wanted, and damaged ones cost nothing. Method: small files made here, through the
// real vexfs-extract-media.
#include "daemon/ingest/extractor.h"
#include "tests/unit/daemon/ingest/extracting.h"

#include <QtEndian>

using namespace vexfs;
using namespace vexfs::daemon;

namespace {

class MediaTest : public testing::Test
{
protected:
    Document read(const QByteArray &content, ExtractFormat format, const QByteArray &languages = {})
    {
        QFile file(m_folder.filePath(QStringLiteral("media")));
        EXPECT_TRUE(file.open(QIODevice::WriteOnly));
        file.write(content);
        file.close();
        const int fd = open(QFile::encodeName(file.fileName()).constData(), O_RDONLY | O_CLOEXEC);
        const auto document = m_extractor.extract({fd, format, "media", languages});
        close(fd);
        EXPECT_TRUE(document) << qPrintable(document ? QString() : document.error().what);
        return document ? *document : Document();
    }

    QTemporaryDir m_folder;
    std::atomic<bool> m_stopping{false};
    Extractor m_extractor{QStringLiteral(VEXFS_TEST_EXTRACT), {}, m_stopping};
};

template <class T> QByteArray little(T value)
{
    const T swapped = qToLittleEndian(value);
    return QByteArray(reinterpret_cast<const char *>(&swapped), sizeof swapped);
}

QByteArray entry(quint16 tag, quint16 type, quint32 count, quint32 value)
{
    return little(tag) + little(type) + little(count) + little(value);
}

// A picture of nothing, with an EXIF block as cameras write it.
QByteArray makeJpeg()
{
    constexpr quint16 kText = 2;
    constexpr quint16 kLong = 4;
    constexpr quint16 kFraction = 5;
    const QByteArray title("Harbour at dawn\0", 16);
    const QByteArray artist("Ann Lee\0", 8);
    const QByteArray date("2024:03:01 12:30:00\0", 20);
    const quint32 data = 8 + 2 + 4 * 12 + 4;
    const quint32 gps = data + quint32(title.size() + artist.size() + date.size());
    const quint32 fractions = gps + 2 + 4 * 12 + 4;
    QByteArray tiff = QByteArray("II*\0", 4) + little<quint32>(8) + little<quint16>(4)
        + entry(0x010e, kText, 16, data) + entry(0x0132, kText, 20, data + 24)
        + entry(0x013b, kText, 8, data + 16) + entry(0x8825, kLong, 1, gps) + little<quint32>(0)
        + title + artist + date;
    tiff += little<quint16>(4) + entry(1, kText, 2, 'S') + entry(2, kFraction, 3, fractions)
        + entry(3, kText, 2, 'E') + entry(4, kFraction, 3, fractions + 24) + little<quint32>(0);
    for (const quint32 part : {33, 51, 36, 151, 12, 18})
        tiff += little(part) + little<quint32>(1);
    const QByteArray exif = QByteArray("Exif\0\0", 6) + tiff;
    const auto length = quint16(exif.size() + 2);
    return QByteArray("\xff\xd8\xff\xe1") + char(length >> 8) + char(length & 0xff) + exif
        + QByteArray("\xff\xda\0\2\xff\xd9", 6);
}

QByteArray textFrame(const char *id, const QByteArray &text)
{
    const auto size = quint32(text.size() + 1);
    return QByteArray(id) + char(0) + char(0) + char(size >> 8) + char(size & 0xff)
        + QByteArray(3, '\0') + text;
}

QByteArray makeMp3()
{
    QByteArray frames = textFrame("TIT2", "The Lighthouse Song") + textFrame("TPE1", "The Keepers")
        + textFrame("TALB", "Fog") + textFrame("TYER", "1998");
    frames += QByteArray(100, '\0');
    const auto size = quint32(frames.size());
    QByteArray file = QByteArray("ID3\3\0\0", 6) + char(0) + char(0) + char(size >> 7)
        + char(size & 0x7f) + frames;
    QByteArray frame = QByteArray("\xff\xfb\x90\x00", 4) + QByteArray(413, '\0');
    return file + frame.repeated(4);
}

// Big letters as a bitmap, one byte a pixel: the words "NO ENTRY" as 5 by 7 cells.
QByteArray makePicture()
{
    struct Letter
    {
        const char *rows[7];
    };
    const Letter n{{"1...1", "11..1", "1.1.1", "1..11", "1...1", "1...1", "1...1"}};
    const Letter o{{".111.", "1...1", "1...1", "1...1", "1...1", "1...1", ".111."}};
    const Letter e{{"11111", "1....", "1....", "1111.", "1....", "1....", "11111"}};
    const Letter t{{"11111", "..1..", "..1..", "..1..", "..1..", "..1..", "..1.."}};
    const Letter r{{"1111.", "1...1", "1...1", "1111.", "1.1..", "1..1.", "1...1"}};
    const Letter y{{"1...1", "1...1", ".1.1.", "..1..", "..1..", "..1..", "..1.."}};
    const QVector<const Letter *> word{&n, &o, nullptr, &e, &n, &t, &r, &y};
    constexpr int kScale = 8;
    const int width = int(word.size() + 2) * 7 * kScale;
    const int height = 11 * kScale;
    QByteArray pixels(qsizetype(width) * height, '\xff');
    for (int x = 0; x < width; ++x) {
        for (int y0 = 0; y0 < height; ++y0) {
            const int column = x / kScale - 7;
            const int row = y0 / kScale - 2;
            const Letter *letter = column >= 0 ? word.value(column / 7, nullptr) : nullptr;
            if (letter && row >= 0 && row < 7 && column % 7 < 5
                && letter->rows[row][column % 7] == '1')
                pixels[qsizetype(y0) * width + x] = '\0';
        }
    }
    return "P5 " + QByteArray::number(width) + " " + QByteArray::number(height) + " 255\n" + pixels;
}

TEST_F(MediaTest, PicturesAreFoundByWhatTheySay)
{
    const Document picture = read(makeJpeg(), ExtractFormat::Image);
    EXPECT_EQ(picture.outcome, ExtractOutcome::Extracted) << qPrintable(picture.reason);
    EXPECT_EQ(picture.title, QStringLiteral("Harbour at dawn"));
    EXPECT_EQ(picture.author, QStringLiteral("Ann Lee"));
    EXPECT_EQ(picture.dateNs, 1'709'296'200'000'000'000);
    EXPECT_TRUE(picture.text.contains("Position: -33.86000, 151.20500"))
        << picture.text.constData();
}

TEST_F(MediaTest, SoundsAreFoundByTheirTags)
{
    const Document sound = read(makeMp3(), ExtractFormat::Audio);
    EXPECT_EQ(sound.title, QStringLiteral("The Lighthouse Song")) << qPrintable(sound.reason);
    EXPECT_EQ(sound.author, QStringLiteral("The Keepers"));
    EXPECT_TRUE(sound.text.contains("Album: Fog"));
    EXPECT_EQ(sound.dateNs, 883'612'800'000'000'000);
}

TEST_F(MediaTest, WordsInPicturesAreReadWhenWanted)
{
    // Exiv2 knows no such picture; what is asked for is the words.
    const Document without = read(makeJpeg(), ExtractFormat::ImageText, "xyz");
    EXPECT_EQ(without.outcome, ExtractOutcome::Failed);
    EXPECT_TRUE(without.reason.contains(QLatin1String("xyz"))) << qPrintable(without.reason);
    const Document words = read(makePicture(), ExtractFormat::ImageText, "eng");
    EXPECT_TRUE(words.text.contains("ENTRY"))
        << words.text.constData() << qPrintable(words.reason);
    EXPECT_EQ(read("P5 30000 30000 255\n", ExtractFormat::ImageText, "eng").outcome,
              ExtractOutcome::Failed);
}

TEST_F(MediaTest, DamageAnywhereIsSurvived)
{
    for (const auto &[good, format] : {std::pair(makeJpeg(), ExtractFormat::Image),
                                       std::pair(makeMp3(), ExtractFormat::Audio)}) {
        for (qsizetype i = 0; i < good.size(); i += 7) {
            QByteArray bad = good;
            bad[i] = char(bad[i] ^ 0x55);
            read(bad, format);
            read(good.left(i), format);
        }
    }
}

} // namespace
