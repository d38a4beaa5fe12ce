// SPDX-License-Identifier: Apache-2.0
#include "daemon/extract/media.h"

#include <exiv2/exiv2.hpp>

#include <array>
#include <cstdio>

namespace vexfs::extract {

namespace {

std::string exifValue(const Exiv2::ExifData &data, const char *key)
{
    const auto found = data.findKey(Exiv2::ExifKey(key));
    return found == data.end() ? std::string() : found->print(&data);
}

std::string iptcValues(const Exiv2::IptcData &data, const char *key)
{
    std::string all;
    const Exiv2::IptcKey wanted(key);
    for (const Exiv2::Iptcdatum &each : data) {
        if (each.tag() != wanted.tag() || each.record() != wanted.record())
            continue;
        all += all.empty() ? "" : ", ";
        all += each.toString();
    }
    return all;
}

std::string xmpValue(const Exiv2::XmpData &data, const char *key)
{
    const auto found = data.findKey(Exiv2::XmpKey(key));
    if (found == data.end())
        return {};
    std::string value = found->toString();
    // lang="x-default" The words
    if (value.substr(0, 5) == "lang=") {
        const size_t space = value.find(' ');
        value.erase(0, space == std::string::npos ? value.size() : space + 1);
    }
    return value;
}

// Of EXIF, else of IPTC, else of XMP.
std::string firstOf(std::initializer_list<std::string> values)
{
    for (const std::string &value : values) {
        if (value.find_first_not_of(" \t\r\n") != std::string::npos)
            return value;
    }
    return {};
}

// Degrees as a decimal number; false without.
bool degrees(const Exiv2::ExifData &data, const std::string &name, double &out)
{
    const auto value = data.findKey(Exiv2::ExifKey("Exif.GPSInfo.GPS" + name));
    const auto side = data.findKey(Exiv2::ExifKey("Exif.GPSInfo.GPS" + name + "Ref"));
    if (value == data.end() || value->count() < 3)
        return false;
    double unit = 1;
    out = 0;
    for (int i = 0; i < 3; ++i) {
        const Exiv2::Rational part = value->toRational(i);
        if (part.second != 0)
            out += static_cast<double>(part.first) / part.second / unit;
        unit *= 60;
    }
    const std::string letter = side == data.end() ? std::string() : side->toString();
    if (letter == "S" || letter == "W")
        out = -out;
    return out >= -180 && out <= 180;
}

void addLine(const char *name, const std::string &value, Output &out)
{
    if (value.find_first_not_of(" \t\r\n") == std::string::npos)
        return;
    out.addText(name);
    out.addText(": ");
    out.addFlowing(value);
    out.endLine();
}

// "2024:03:01 12:30:00"
int64_t dateOf(std::string value)
{
    if (value.size() < 10 || value[4] != ':' || value[7] != ':')
        return 0;
    value[4] = value[7] = '-';
    if (value.size() > 10)
        value[10] = 'T';
    return secondsOf(value);
}

void addCamera(const Exiv2::ExifData &exif, Output &out)
{
    const std::string make = exifValue(exif, "Exif.Image.Make");
    const std::string model = exifValue(exif, "Exif.Image.Model");
    const bool isRepeated = model.substr(0, make.size()) == make;
    addLine("Camera", isRepeated ? model : make + " " + model, out);
    addLine("Lens", exifValue(exif, "Exif.Photo.LensModel"), out);
}

} // namespace

void prepareImages()
{
    Exiv2::LogMsg::setLevel(Exiv2::LogMsg::mute);
    Exiv2::XmpParser::initialize();
}

void extractImage(std::string_view bytes, Output &out)
{
    const auto image = [&] {
        try {
            auto opened =
                Exiv2::ImageFactory::open(reinterpret_cast<const Exiv2::byte *>(bytes.data()),
                                          static_cast<long>(bytes.size()));
            opened->readMetadata();
            return opened;
        } catch (const Exiv2::Error &) {
            throw Refused("it is damaged: no picture that can be read");
        }
    }();
    const Exiv2::ExifData &exif = image->exifData();
    const Exiv2::IptcData &iptc = image->iptcData();
    const Exiv2::XmpData &xmp = image->xmpData();
    const std::string title
        = firstOf({iptcValues(iptc, "Iptc.Application2.ObjectName"), xmpValue(xmp, "Xmp.dc.title"),
                   exifValue(exif, "Exif.Image.ImageDescription")});
    const std::string author
        = firstOf({exifValue(exif, "Exif.Image.Artist"),
                   iptcValues(iptc, "Iptc.Application2.Byline"), xmpValue(xmp, "Xmp.dc.creator")});
    const std::string date = firstOf({exifValue(exif, "Exif.Photo.DateTimeOriginal"),
                                      exifValue(exif, "Exif.Image.DateTime")});
    out.setTitle(title);
    out.setAuthor(author);
    out.setDate(dateOf(date));
    addLine("Title", title, out);
    addLine("Description",
            firstOf({exifValue(exif, "Exif.Image.ImageDescription"),
                     iptcValues(iptc, "Iptc.Application2.Caption"),
                     xmpValue(xmp, "Xmp.dc.description")}),
            out);
    addLine("Author", author, out);
    addLine("Keywords",
            firstOf({iptcValues(iptc, "Iptc.Application2.Keywords"),
                     xmpValue(xmp, "Xmp.dc.subject")}),
            out);
    addLine("Comment", image->comment(), out);
    addLine("Place", firstOf({iptcValues(iptc, "Iptc.Application2.City")}), out);
    addLine("Date", date, out);
    addCamera(exif, out);
    double latitude = 0;
    double longitude = 0;
    if (degrees(exif, "Latitude", latitude) && degrees(exif, "Longitude", longitude)) {
        char place[64];
        snprintf(place, sizeof place, "%.5f, %.5f", latitude, longitude);
        addLine("Position", place, out);
    }
}

} // namespace vexfs::extract
