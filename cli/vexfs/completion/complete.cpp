// SPDX-License-Identifier: Apache-2.0
#include "cli/vexfs/completion/complete.h"

#include "cli/output/human.h"
#include "cli/vexfs/completion/scripts.h"
#include "cli/vexfs/find_volume.h"

#include <QElapsedTimer>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

namespace vexfs::cli {

namespace {

constexpr double kPatienceSeconds = 0.2;

bool startsWith(const std::string &text, std::string_view prefix)
{
    return text.compare(0, prefix.size(), prefix) == 0;
}

/// Where the words before the last one lead.
struct Place
{
    const CLI::App *app = nullptr;
    const CLI::Option *maybeOption = nullptr; ///< Whose value comes next.
    size_t positionals = 0;
    bool isAfterDashes = false;
    std::string volume; ///< --volume
};

const CLI::Option *optionCalled(const CLI::App *app, const std::string &word)
{
    for (; app; app = app->get_parent()) {
        for (const CLI::Option *each : app->get_options()) {
            if (!each->get_positional() && each->check_name(word))
                return each;
        }
    }
    return nullptr;
}

const CLI::App *verbCalled(const CLI::App &app, const std::string &word)
{
    for (const CLI::App *each : app.get_subcommands(nullptr)) {
        if (each->get_name() == word)
            return each;
    }
    return nullptr;
}

void stepOver(Place &place, const std::string &word)
{
    // What it is for says more than how it is called.
    const CLI::Option *given = std::exchange(place.maybeOption, nullptr);
    if (given) {
        if (given->check_name("--volume"))
            place.volume = word;
        return;
    }
    if (word == "--") {
        place.isAfterDashes = true;
        return;
    }
    if (startsWith(word, "-")) {
        const size_t equals = word.find('=');
        const CLI::Option *option = optionCalled(place.app, word.substr(0, equals));
        if (option && equals != std::string::npos && option->check_name("--volume"))
            place.volume = word.substr(equals + 1);
        else if (option && equals == std::string::npos && option->get_items_expected_min() > 0)
            place.maybeOption = option;
        return;
    }
    if (const CLI::App *verb = verbCalled(*place.app, word)) {
        place.app = verb;
        place.positionals = 0;
    } else {
        ++place.positionals;
    }
}

const CLI::Option *positionalAt(const CLI::App &app, size_t number)
{
    const CLI::Option *last = nullptr;
    for (const CLI::Option *each : app.get_options()) {
        if (!each->get_positional())
            continue;
        last = each;
        if (number-- == 0)
            return each;
    }
    return last && last->get_expected_max() > 1 ? last : nullptr;
}

void addVolumes(Command command, Completion &out)
{
    command.timeoutSeconds = kPatienceSeconds;
    const auto known = await(command, command.io.client.inventory());
    if (!known)
        return;
    for (const client::VolumeInfo &each : known->volumes) {
        out.candidates.push_back({each.label.isEmpty() ? each.uuid.toStdString()
                                                       : each.label.toStdString(),
                                  shownPath(mountPath(each)).toStdString()});
    }
}

void addSnapshots(Command command, const std::string &wanted, Completion &out)
{
    QElapsedTimer time;
    time.start();
    command.timeoutSeconds = kPatienceSeconds;
    const auto volume = findVolume(command, QString::fromStdString(wanted));
    constexpr double kMs = 1000.0;
    command.timeoutSeconds = kPatienceSeconds - double(time.elapsed()) / kMs;
    if (!volume || command.timeoutSeconds <= 0)
        return;
    const auto page = await(command, command.io.client.listSnapshots(volume->object, {}));
    if (!page)
        return;
    for (const client::SnapshotInfo &each : page->snapshots) {
        const QString about = each.description.isEmpty() ? localTime(each.createdUs)
                                                         : oneLine(each.description);
        out.candidates.push_back({each.name.toStdString(), about.toStdString()});
    }
}

void addValues(const Command &command, const Place &place, const CLI::Option &option,
               Completion &out)
{
    const std::string type = option.get_type_name();
    const std::string name = option.get_positional() ? option.get_name() : std::string();
    if (startsWith(type, "SNAPSHOT"))
        addSnapshots(command, place.volume, out);
    else if (option.check_name("--volume"))
        addVolumes(command, out);
    else if (name == "VOLUME") {
        addVolumes(command, out);
        out.withFiles = true;
    } else {
        constexpr std::array<std::string_view, 9> kFiles{
            "FILE", "PATH", "FOLDER", "IMAGE", "MOUNTPOINT", "DIR", "file", "COMMAND", "MODEL"};
        constexpr std::array<const char *, 7> kFileOptions{
            "--to", "--into", "--in", "--out", "--output", "--similar", "--key-file"};
        out.withFiles = std::count(kFiles.begin(), kFiles.end(), name) > 0
            || std::any_of(kFileOptions.begin(), kFileOptions.end(),
                           [&](const char *each) { return option.check_name(each); });
    }
}

std::string firstLine(const std::string &text)
{
    return text.substr(0, text.find('\n'));
}

void addOptions(const CLI::App *app, Completion &out)
{
    for (; app; app = app->get_parent()) {
        for (const CLI::Option *each : app->get_options()) {
            const bool isHidden = each->get_group().empty();
            if (each->get_positional() || each->get_lnames().empty() || isHidden)
                continue;
            out.candidates.push_back({"--" + each->get_lnames().front(),
                                      firstLine(each->get_description())});
        }
    }
}

Outcome offer(const Command &command, const CLI::App &app, const std::vector<std::string> &words)
{
    const Completion found = complete(app, command, words);
    for (const Candidate &each : found.candidates)
        command.io.out << each.text << '\t' << each.description << '\n';
    if (found.withFiles)
        command.io.out << ":files\n";
    return kDone;
}

} // namespace

Completion complete(const CLI::App &app, Command command, std::vector<std::string> words)
{
    command.isQuiet = true;
    Completion out;
    const std::string current = words.empty() ? std::string() : words.back();
    if (!words.empty())
        words.pop_back();
    Place place;
    place.app = &app;
    for (const std::string &each : words)
        stepOver(place, each);
    if (place.maybeOption) {
        addValues(command, place, *place.maybeOption, out);
    } else if (startsWith(current, "-") && !place.isAfterDashes) {
        addOptions(place.app, out);
    } else {
        for (const CLI::App *each : place.app->get_subcommands(nullptr)) {
            // A verb without a group is not shown.
            if (!each->get_group().empty() && place.positionals == 0)
                out.candidates.push_back({each->get_name(), firstLine(each->get_description())});
        }
        if (const CLI::Option *positional = positionalAt(*place.app, place.positionals))
            addValues(command, place, *positional, out);
    }
    const auto isOther = [&](const Candidate &each) { return !startsWith(each.text, current); };
    out.candidates.erase(
        std::remove_if(out.candidates.begin(), out.candidates.end(), isOther),
        out.candidates.end());
    return out;
}

void addCompletionVerbs(CLI::App &app, Command *command)
{
    auto shell = std::make_shared<std::string>();
    CLI::App *telling = app.add_subcommand(
        "completion", "Prints what makes a shell complete: source <(vexctl completion bash)");
    telling->add_option("SHELL", *shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    telling->callback([command, shell] {
        command->verb = [command, shell]() -> Outcome {
            command->io.out << completionScript(*shell);
            return kDone;
        };
    });
    auto words = std::make_shared<std::vector<std::string>>();
    CLI::App *asking = app.add_subcommand("complete", "What may come next")->group("");
    asking->add_option("WORD", *words);
    asking->callback([command, words, &app] {
        command->verb = [command, words, &app] { return offer(*command, app, *words); };
    });
}

} // namespace vexfs::cli
