<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>main</name>
    <message>
        <source>Searches, snapshots and cares for VexFS volumes.</source>
        <translation>Sucht in VexFS-Volumes, macht Schnappschüsse und pflegt sie.</translation>
    </message>
    <message>
        <source>What to search for.</source>
        <translation>Wonach gesucht wird.</translation>
    </message>
    <message>
        <source>Page to show: search, history, snapshots, map, add, activity or volumes.</source>
        <translation>Seite, die gezeigt wird: search, history, snapshots, map, add, activity oder volumes.</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::ActivityPage</name>
    <message>
        <source>Pause &amp;Job</source>
        <translation>Auftrag a&amp;nhalten</translation>
    </message>
    <message>
        <source>Resume &amp;Job</source>
        <translation>Auftrag &amp;fortsetzen</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>&amp;Abbrechen</translation>
    </message>
    <message>
        <source>Jobs, newest first</source>
        <translation>Vorgänge, neueste zuerst</translation>
    </message>
    <message>
        <source>Columns of the jobs</source>
        <translation>Spalten der Vorgänge</translation>
    </message>
    <message>
        <source>&amp;Go On</source>
        <translation>&amp;Fortsetzen</translation>
    </message>
    <message>
        <source>&amp;Pause for an Hour</source>
        <translation>Eine Stunde &amp;anhalten</translation>
    </message>
    <message>
        <source>Nothing runs</source>
        <translation>Nichts läuft</translation>
    </message>
    <message>
        <source>Work that takes longer than a moment is shown here, whoever started it.</source>
        <translation>Arbeit, die länger als einen Moment dauert, steht hier, wer auch immer sie begann.</translation>
    </message>
    <message>
        <source>asked in the window</source>
        <translation>im Fenster verlangt</translation>
    </message>
    <message>
        <source>&amp;Notify when work that took long has ended</source>
        <translation>&amp;Benachrichtigen, wenn lange Arbeit beendet ist</translation>
    </message>
    <message>
        <source>&amp;Keep an icon in the tray</source>
        <translation>Ein &amp;Symbol in der Kontrollleiste zeigen</translation>
    </message>
    <message>
        <source>Only while this window is in the background or closed</source>
        <translation>Nur solange dieses Fenster im Hintergrund oder geschlossen ist</translation>
    </message>
    <message>
        <source>It says what the service does, and stays when the window is closed</source>
        <translation>Es sagt, was der Dienst tut, und bleibt, wenn das Fenster geschlossen ist</translation>
    </message>
    <message>
        <source>This desktop has no tray</source>
        <translation>Dieser Arbeitsplatz hat keine Kontrollleiste</translation>
    </message>
    <message>
        <source>What went wrong in the selected job</source>
        <translation>Was in der gewählten Arbeit misslang</translation>
    </message>
    <message>
        <source>Enter shows the folder of the file</source>
        <translation>Eingabe zeigt den Ordner der Datei</translation>
    </message>
    <message>
        <source>What could not be done in %1:</source>
        <translation>Nicht ausgeführt in „%1“:</translation>
    </message>
    <message>
        <source>%1 failed: %2</source>
        <translation>%1 fehlgeschlagen: %2</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::AddPage</name>
    <message>
        <source>&amp;Start</source>
        <translation>&amp;Starten</translation>
    </message>
    <message>
        <source>&amp;Forget Them</source>
        <translation>&amp;Verwerfen</translation>
    </message>
    <message>
        <source>Folder on the volume (empty: its top)</source>
        <translation>Ordner auf dem Volume (leer: ganz oben)</translation>
    </message>
    <message>
        <source>Folder on the volume</source>
        <translation>Ordner auf dem Volume</translation>
    </message>
    <message>
        <source>Files and folders to add</source>
        <translation>Dateien und Ordner zum Hinzufügen</translation>
    </message>
    <message>
        <source>Drop files here</source>
        <translation>Dateien hier ablegen</translation>
    </message>
    <message>
        <source>Choose Files…</source>
        <translation>Dateien wählen …</translation>
    </message>
    <message>
        <source>Files to add</source>
        <translation>Dateien zum Hinzufügen</translation>
    </message>
    <message>
        <source>Items: %1, to %2 in</source>
        <translation>Einträge: %1, nach %2 in</translation>
    </message>
    <message>
        <source>Mount a volume to add files to.</source>
        <translation>Hängen Sie ein Volume ein, um Dateien hinzuzufügen.</translation>
    </message>
    <message>
        <source>Stop Choosing</source>
        <translation>Auswahl abbrechen</translation>
    </message>
    <message>
        <source>&amp;Retry</source>
        <translation>Noch einmal &amp;versuchen</translation>
    </message>
    <message>
        <source>Sto&amp;p</source>
        <translation>An&amp;halten</translation>
    </message>
    <message>
        <source>Inbox</source>
        <translation>Eingang</translation>
    </message>
    <message>
        <source>It is made where it is not there</source>
        <translation>Er wird angelegt, wo es ihn nicht gibt</translation>
    </message>
    <message>
        <source>copy</source>
        <translation>kopieren</translation>
    </message>
    <message>
        <source>move</source>
        <translation>verschieben</translation>
    </message>
    <message>
        <source>Copy or move</source>
        <translation>Kopieren oder verschieben</translation>
    </message>
    <message>
        <source>Moved: each original goes once it is safe on the volume</source>
        <translation>Verschieben: jedes Original geht, sobald es auf dem Volume sicher ist</translation>
    </message>
    <message>
        <source>Files that are added, and how far each is</source>
        <translation>Dateien, die hinzugefügt werden, und wie weit jede ist</translation>
    </message>
    <message>
        <source>Columns of the files that are added</source>
        <translation>Spalten der Dateien, die hinzugefügt werden</translation>
    </message>
    <message>
        <source>Adds or reads again what failed: what is selected, or all</source>
        <translation>Fügt noch einmal hinzu oder liest noch einmal, was misslang: was ausgewählt ist, oder alles</translation>
    </message>
    <message>
        <source>There is neither a file nor a picture nor text in what came.</source>
        <translation>Darin ist weder eine Datei noch ein Bild noch Text.</translation>
    </message>
    <message>
        <source>Or anywhere in this window, or paste them. Pictures and text become files. They are copied to the volume; the originals stay, unless you choose to move them.</source>
        <translation>Oder irgendwo in diesem Fenster, oder einfügen. Bilder und Text werden zu Dateien. Sie werden auf das Volume kopiert; die Originale bleiben, außer Sie wählen verschieben.</translation>
    </message>
    <message>
        <source>&amp;Only what failed (%1)</source>
        <translation>&amp;Nur was misslang (%1)</translation>
    </message>
    <message>
        <source>%1 is no longer watched. Its files stay as they are.</source>
        <translation>%1 wird nicht mehr beobachtet. Seine Dateien bleiben, wie sie sind.</translation>
    </message>
    <message>
        <source>Watch It Again</source>
        <translation>Wieder beobachten</translation>
    </message>
    <message>
        <source>&amp;subfolders</source>
        <translation>&amp;Unterordner</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::AddedFiles</name>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>wartet</translation>
    </message>
    <message>
        <source>is being added</source>
        <translation>wird hinzugefügt</translation>
    </message>
    <message>
        <source>added; waits to be read</source>
        <translation>hinzugefügt; wartet darauf, gelesen zu werden</translation>
    </message>
    <message>
        <source>found by its words; meaning follows</source>
        <translation>mit ihren Wörtern zu finden; die Bedeutung folgt</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>bereit</translation>
    </message>
    <message>
        <source>duplicate of %1</source>
        <translation>Doppel von %1</translation>
    </message>
    <message>
        <source>added; not indexed: %1</source>
        <translation>hinzugefügt; nicht im Index: %1</translation>
    </message>
    <message>
        <source>failed: %1</source>
        <translation>misslungen: %1</translation>
    </message>
    <message>
        <source>not added: the job ended before</source>
        <translation>nicht hinzugefügt: die Arbeit endete vorher</translation>
    </message>
    <message>
        <source>failed; tried again below</source>
        <translation>misslungen; unten noch einmal versucht</translation>
    </message>
    <message>
        <source>On the volume: %1 of %2 · ready: %3 · failed: %4</source>
        <translation>Auf dem Volume: %1 von %2 · bereit: %3 · misslungen: %4</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::BudgetBar</name>
    <message>
        <source> % of the time</source>
        <translation> % der Zeit</translation>
    </message>
    <message>
        <source>Processor time that indexing may take</source>
        <translation>Prozessorzeit, die das Indexieren nehmen darf</translation>
    </message>
    <message>
        <source>pause</source>
        <translation>anhalten</translation>
    </message>
    <message>
        <source>go on slowly</source>
        <translation>langsam weitermachen</translation>
    </message>
    <message>
        <source>go on as always</source>
        <translation>weitermachen wie immer</translation>
    </message>
    <message>
        <source>What indexing does on battery</source>
        <translation>Was das Indexieren auf Akku tut</translation>
    </message>
    <message>
        <source>&amp;Indexing may take</source>
        <translation>&amp;Indexieren darf nehmen</translation>
    </message>
    <message>
        <source>On &amp;battery:</source>
        <translation>Auf A&amp;kku:</translation>
    </message>
    <message>
        <source>Of %1. Searches are not held back.</source>
        <translation>Von %1. Suchen werden nicht gebremst.</translation>
    </message>
    <message>
        <source>Mount a volume to set what its index may take.</source>
        <translation>Ein Volume einhängen, um zu setzen, was sein Index nehmen darf.</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::CacheChart</name>
    <message>
        <source>seconds ago</source>
        <translation>vor Sekunden</translation>
    </message>
    <message>
        <source>% found in the cache</source>
        <translation>% im Zwischenspeicher gefunden</translation>
    </message>
    <message>
        <source>Shares of hits of the caches over the last five minutes</source>
        <translation>Anteile der Treffer der Zwischenspeicher in den letzten fünf Minuten</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::CacheHistory</name>
    <message>
        <source>All caches are large enough for what is done with this volume.</source>
        <translation>Alle Zwischenspeicher sind groß genug für das, was mit diesem Volume getan wird.</translation>
    </message>
    <message>
        <source>%1 is too small for what is done with this volume: %2 % hits with %3. More memory for it would help (mount option cache).</source>
        <translation>%1 ist zu klein für das, was mit diesem Volume getan wird: %2 % Treffer mit %3. Mehr Speicher dafür würde helfen (Einhängeoption cache).</translation>
    </message>
    <message>
        <source>Questions as vectors</source>
        <translation>Fragen als Vektoren</translation>
    </message>
    <message>
        <source>Answers of searches</source>
        <translation>Antworten der Suche</translation>
    </message>
    <message>
        <source>Unpacked data</source>
        <translation>Entpackte Daten</translation>
    </message>
    <message>
        <source>Map of the space</source>
        <translation>Belegung des Platzes</translation>
    </message>
    <message>
        <source>Names and attributes</source>
        <translation>Namen und Attribute</translation>
    </message>
    <message>
        <source>Vectors of files</source>
        <translation>Vektoren der Dateien</translation>
    </message>
    <message>
        <source>What snapshots have</source>
        <translation>Was Schnappschüsse enthalten</translation>
    </message>
    <message>
        <source>Stems of words</source>
        <translation>Wortstämme</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::ChangeTree</name>
    <message>
        <source>%1 → %2</source>
        <translation>%1 → %2</translation>
    </message>
    <message>
        <source>Added</source>
        <translation>Hinzugefügt</translation>
    </message>
    <message>
        <source>Removed</source>
        <translation>Entfernt</translation>
    </message>
    <message>
        <source>Changed</source>
        <translation>Geändert</translation>
    </message>
    <message>
        <source>Renamed</source>
        <translation>Umbenannt</translation>
    </message>
    <message>
        <source>Rights or times</source>
        <translation>Rechte oder Zeiten</translation>
    </message>
    <message>
        <source>Another kind of file</source>
        <translation>Andere Art von Datei</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>Was geschah</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>%1, was %2</source>
        <translation>%1, war %2</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::CreateVolumeDialog</name>
    <message>
        <source>Documents</source>
        <translation>Dokumente</translation>
    </message>
    <message>
        <source>Make a volume</source>
        <translation>Ein Volume anlegen</translation>
    </message>
    <message>
        <source>MiB</source>
        <translation>MiB</translation>
    </message>
    <message>
        <source>GiB</source>
        <translation>GiB</translation>
    </message>
    <message>
        <source>TiB</source>
        <translation>TiB</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Wählen …</translation>
    </message>
    <message>
        <source>Choose where the image file is made</source>
        <translation>Wählen, wo die Abbilddatei angelegt wird</translation>
    </message>
    <message>
        <source>Name of the volume</source>
        <translation>Name des Volumes</translation>
    </message>
    <message>
        <source>Image file</source>
        <translation>Abbilddatei</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Unit of the size</source>
        <translation>Einheit der Größe</translation>
    </message>
    <message>
        <source>&amp;Name:</source>
        <translation>&amp;Name:</translation>
    </message>
    <message>
        <source>&amp;Image file:</source>
        <translation>&amp;Abbilddatei:</translation>
    </message>
    <message>
        <source>At &amp;most:</source>
        <translation>&amp;Höchstens:</translation>
    </message>
    <message>
        <source>Make and Mount</source>
        <translation>Anlegen und einhängen</translation>
    </message>
    <message>
        <source>Give the whole path of the image file.</source>
        <translation>Geben Sie den ganzen Pfad der Abbilddatei an.</translation>
    </message>
    <message>
        <source>%1 is there already. What is there is never overwritten from here.</source>
        <translation>%1 gibt es schon. Was da ist, wird von hier aus nie überschrieben.</translation>
    </message>
    <message>
        <source>There is no folder %1.</source>
        <translation>Den Ordner %1 gibt es nicht.</translation>
    </message>
    <message>
        <source>A volume has at least 64 MiB.</source>
        <translation>Ein Volume hat mindestens 64 MiB.</translation>
    </message>
    <message>
        <source>The file grows as the volume fills, up to %1.</source>
        <translation>Die Datei wächst, wie sich das Volume füllt, bis zu %1.</translation>
    </message>
    <message>
        <source>Stop choosing</source>
        <translation>Auswahl abbrechen</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::DropList</name>
    <message>
        <source>The program that they are dropped from does not give the files: %1</source>
        <translation>Das Programm, aus dem sie kommen, gibt die Dateien nicht her: %1</translation>
    </message>
    <message>
        <source>%1 — %2</source>
        <translation>%1 — %2</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::FileChooser</name>
    <message>
        <source>The file dialog ended before anything was chosen.</source>
        <translation>Der Dateidialog endete, bevor etwas gewählt wurde.</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::FileCopier</name>
    <message>
        <source>there is a file of that name already</source>
        <translation>es gibt schon eine Datei dieses Namens</translation>
    </message>
    <message>
        <source>it is no file</source>
        <translation>es ist keine Datei</translation>
    </message>
    <message>
        <source>%1 was not written: %2.</source>
        <translation>%1 wurde nicht geschrieben: %2.</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::FileExplainer</name>
    <message>
        <source>%1 is found: it is number %2.</source>
        <translation>%1 wird gefunden: an Stelle %2.</translation>
    </message>
    <message>
        <source>%1 is left out by a condition of the search.</source>
        <translation>%1 ist durch eine Bedingung der Suche ausgeschlossen.</translation>
    </message>
    <message>
        <source>%1 has none of these words, and is about something else.</source>
        <translation>%1 enthält keines dieser Wörter und handelt von etwas anderem.</translation>
    </message>
    <message>
        <source>%1 fits, but there are too many files that fit better (%2).</source>
        <translation>%1 passt, aber zu viele Dateien passen besser (%2).</translation>
    </message>
    <message>
        <source>%1 is indexed, and can be found.</source>
        <translation>%1 ist indiziert und kann gefunden werden.</translation>
    </message>
    <message>
        <source>%1 still waits to be indexed.</source>
        <translation>%1 ist noch nicht indiziert.</translation>
    </message>
    <message>
        <source>%1 is left out of the index by the rule %2.</source>
        <translation>%1 ist durch die Regel %2 vom Index ausgenommen.</translation>
    </message>
    <message>
        <source>%1 has no text that could be read (%2). It is found by its name.</source>
        <translation>%1 hat keinen lesbaren Text (%2). Die Datei wird über ihren Namen gefunden.</translation>
    </message>
    <message>
        <source>%1 could not be read: %2</source>
        <translation>%1 konnte nicht gelesen werden: %2</translation>
    </message>
    <message>
        <source>%1 is not yours to read.</source>
        <translation>%1 dürfen Sie nicht lesen.</translation>
    </message>
    <message>
        <source>There is no file %1.</source>
        <translation>Es gibt keine Datei %1.</translation>
    </message>
    <message>
        <source>%1 is on no volume and in no folder that is indexed.</source>
        <translation>%1 liegt auf keinem Volume und in keinem Ordner, der indiziert ist.</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::FileHistory</name>
    <message>
        <source>Now</source>
        <translation>Jetzt</translation>
    </message>
    <message>
        <source>%1 and %2 more</source>
        <translation>%1 und %2 weitere</translation>
    </message>
    <message>
        <source>%1 (then deleted)</source>
        <translation>%1 (danach gelöscht)</translation>
    </message>
    <message>
        <source>Changed</source>
        <translation>Geändert</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>In</source>
        <translation>In</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::FileList</name>
    <message>
        <source>The list was not saved: %1</source>
        <translation>Die Liste wurde nicht gespeichert: %1</translation>
    </message>
    <message>
        <source>there is a file of that name already</source>
        <translation>es gibt schon eine Datei dieses Namens</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::FileTags</name>
    <message>
        <source>%1: it has more tags than there is room for</source>
        <translation>%1: mehr Schlagwörter, als Platz ist</translation>
    </message>
    <message>
        <source>%1: where it lies, files have no tags</source>
        <translation>%1: wo sie liegt, haben Dateien keine Schlagwörter</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::HistoryPage</name>
    <message>
        <source>&amp;Open</source>
        <translation>Öff&amp;nen</translation>
    </message>
    <message>
        <source>Restore &amp;Beside</source>
        <translation>&amp;Daneben legen</translation>
    </message>
    <message>
        <source>&amp;Replace What Is There</source>
        <translation>Vorhandenes &amp;ersetzen</translation>
    </message>
    <message>
        <source>Versions on a line of time</source>
        <translation>Versionen auf einer Zeitachse</translation>
    </message>
    <message>
        <source>A file on the volume</source>
        <translation>Eine Datei auf dem Volume</translation>
    </message>
    <message>
        <source>File whose versions are shown</source>
        <translation>Datei, deren Versionen gezeigt werden</translation>
    </message>
    <message>
        <source>&amp;Choose a File…</source>
        <translation>Datei &amp;wählen …</translation>
    </message>
    <message>
        <source>Versions, newest first</source>
        <translation>Versionen, neueste zuerst</translation>
    </message>
    <message>
        <source>Columns of the versions</source>
        <translation>Spalten der Versionen</translation>
    </message>
    <message>
        <source>Put this version beside what is there, under a name with its time</source>
        <translation>Diese Version neben das Vorhandene legen, mit ihrer Zeit im Namen</translation>
    </message>
    <message>
        <source>Put this version in place of what is there. That can be undone</source>
        <translation>Diese Version an die Stelle des Vorhandenen setzen. Das lässt sich rückgängig machen</translation>
    </message>
    <message>
        <source>Brought back.</source>
        <translation>Zurückgeholt.</translation>
    </message>
    <message>
        <source>Nothing was changed: the same is there already.</source>
        <translation>Nichts wurde geändert: dasselbe ist schon da.</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>&amp;Rückgängig</translation>
    </message>
    <message>
        <source>Undone: everything is as it was before.</source>
        <translation>Rückgängig gemacht: alles ist, wie es vorher war.</translation>
    </message>
    <message>
        <source>It is on no volume that is mounted.</source>
        <translation>Sie liegt auf keinem eingehängten Volume.</translation>
    </message>
    <message>
        <source>Give the whole path of the file.</source>
        <translation>Geben Sie den ganzen Pfad der Datei an.</translation>
    </message>
    <message>
        <source>Versions of</source>
        <translation>Versionen von</translation>
    </message>
    <message>
        <source>Looking into the snapshots…</source>
        <translation>In den Schnappschüssen wird nachgesehen …</translation>
    </message>
    <message>
        <source>No versions to show</source>
        <translation>Keine Versionen zu zeigen</translation>
    </message>
    <message>
        <source>Choose Another File…</source>
        <translation>Andere Datei wählen …</translation>
    </message>
    <message>
        <source>Every version of a file</source>
        <translation>Jede Version einer Datei</translation>
    </message>
    <message>
        <source>Choose a file, or press Ctrl+Shift+H on one that was found: each version that a snapshot has is listed once.</source>
        <translation>Wählen Sie eine Datei, oder drücken Sie Strg+Umschalt+H auf einem Fund: jede Version, die ein Schnappschuss hat, steht einmal da.</translation>
    </message>
    <message>
        <source>Choose a File…</source>
        <translation>Datei wählen …</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <translation>%1, %2</translation>
    </message>
    <message>
        <source>Select one version, or two to compare them.</source>
        <translation>Wählen Sie eine Version, oder zwei, um sie zu vergleichen.</translation>
    </message>
    <message>
        <source>No comparison here</source>
        <translation>Hier kein Vergleich</translation>
    </message>
    <message>
        <source>Reading both versions…</source>
        <translation>Beide Fassungen werden gelesen …</translation>
    </message>
    <message>
        <source>Stop &amp;Choosing</source>
        <translation>Auswahl &amp;abbrechen</translation>
    </message>
    <message>
        <source>&amp;Save a Copy…</source>
        <translation>Kopie &amp;speichern …</translation>
    </message>
    <message>
        <source>Write this version into a new file, wherever you like</source>
        <translation>Diese Version in eine neue Datei schreiben, wo immer Sie möchten</translation>
    </message>
    <message>
        <source>Saved as %1</source>
        <translation>Gespeichert als %1</translation>
    </message>
    <message>
        <source>Stop C&amp;hoosing</source>
        <translation>Auswahl ab&amp;brechen</translation>
    </message>
    <message>
        <source>&amp;Stop Copying</source>
        <translation>Kopieren ab&amp;brechen</translation>
    </message>
    <message>
        <source>Save a copy</source>
        <translation>Kopie speichern</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::JobModel</name>
    <message>
        <source>Running</source>
        <translation>Läuft</translation>
    </message>
    <message>
        <source>Waiting for its turn</source>
        <translation>Wartet, bis es dran ist</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>Angehalten</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Fertig</translation>
    </message>
    <message>
        <source>Cancelled</source>
        <translation>Abgebrochen</translation>
    </message>
    <message>
        <source>Failed: %1</source>
        <translation>Gescheitert: %1</translation>
    </message>
    <message>
        <source>Adding files</source>
        <translation>Dateien werden hinzugefügt</translation>
    </message>
    <message>
        <source>Indexing</source>
        <translation>Index wird aufgebaut</translation>
    </message>
    <message>
        <source>Changing the model</source>
        <translation>Modell wird gewechselt</translation>
    </message>
    <message>
        <source>Making a volume</source>
        <translation>Volume wird angelegt</translation>
    </message>
    <message>
        <source>Deleting snapshots</source>
        <translation>Schnappschüsse werden gelöscht</translation>
    </message>
    <message>
        <source>Bringing files back</source>
        <translation>Dateien werden zurückgeholt</translation>
    </message>
    <message>
        <source>Undoing</source>
        <translation>Wird rückgängig gemacht</translation>
    </message>
    <message>
        <source>Rolling back</source>
        <translation>Wird zurückgesetzt</translation>
    </message>
    <message>
        <source>Checking a volume</source>
        <translation>Volume wird geprüft</translation>
    </message>
    <message>
        <source>Reading all of a volume</source>
        <translation>Das ganze Volume wird gelesen</translation>
    </message>
    <message>
        <source>Growing a volume</source>
        <translation>Volume wird vergrößert</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 von %2</translation>
    </message>
    <message>
        <source>Job</source>
        <translation>Vorgang</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>Problems</source>
        <translation>Probleme</translation>
    </message>
    <message>
        <source>Laying out a map</source>
        <translation>Eine Karte wird angelegt</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>Begun</source>
        <translation>Begonnen</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 s</translation>
    </message>
    <message>
        <source>%1 min</source>
        <translation>%1 min</translation>
    </message>
    <message>
        <source>%1 h</source>
        <translation>%1 h</translation>
    </message>
    <message>
        <source>%1, %2 left</source>
        <translation>%1, noch %2</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::JobNotices</name>
    <message>
        <source>%1: failed</source>
        <translation>%1: fehlgeschlagen</translation>
    </message>
    <message>
        <source>%1: done</source>
        <translation>%1: fertig</translation>
    </message>
    <message>
        <source>It took %1. Problems: %2.</source>
        <translation>Es dauerte %1. Probleme: %2.</translation>
    </message>
    <message>
        <source>It took %1.</source>
        <translation>Es dauerte %1.</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::MainWindow</name>
    <message>
        <source>VexFS</source>
        <translation>VexFS</translation>
    </message>
    <message>
        <source>Asking the VexFS service…</source>
        <translation>Der VexFS-Dienst wird gefragt …</translation>
    </message>
    <message>
        <source>%1 (Ctrl+%2)</source>
        <translation>%1 (Strg+%2)</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>Suche</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>Snapshots</source>
        <translation>Schnappschüsse</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>Hinzufügen</translation>
    </message>
    <message>
        <source>Activity</source>
        <translation>Aktivität</translation>
    </message>
    <message>
        <source>Volumes</source>
        <translation>Volumes</translation>
    </message>
    <message>
        <source>Pages</source>
        <translation>Seiten</translation>
    </message>
    <message>
        <source>Search by words or by meaning</source>
        <translation>Nach Wörtern oder nach dem Sinn suchen</translation>
    </message>
    <message>
        <source>Volume</source>
        <translation>Volume</translation>
    </message>
    <message>
        <source>The VexFS service does not answer</source>
        <translation>Der VexFS-Dienst antwortet nicht</translation>
    </message>
    <message>
        <source>%1
This window goes on as soon as it is there.</source>
        <translation>%1
Dieses Fenster macht weiter, sobald er da ist.</translation>
    </message>
    <message>
        <source>Ask Again</source>
        <translation>Noch einmal fragen</translation>
    </message>
    <message>
        <source>No volume was made</source>
        <translation>Es wurde kein Volume angelegt</translation>
    </message>
    <message>
        <source>Map</source>
        <translation>Karte</translation>
    </message>
    <message>
        <source>What the service does. Activity shows more</source>
        <translation>Was der Dienst tut. Mehr zeigt die Aktivität</translation>
    </message>
    <message>
        <source>What the service does: %1</source>
        <translation>Was der Dienst tut: %1</translation>
    </message>
    <message>
        <source>Drop to add to %1</source>
        <translation>Loslassen, um zu %1 hinzuzufügen</translation>
    </message>
    <message>
        <source>Drop here; a volume has to be mounted to add files to</source>
        <translation>Hier loslassen; zum Hinzufügen muss ein Volume eingehängt sein</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::MapModel</name>
    <message>
        <source>…</source>
        <translation>…</translation>
    </message>
    <message>
        <source>A file that is gone</source>
        <translation>Eine Datei, die nicht mehr da ist</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>Art</translation>
    </message>
    <message>
        <source>Modified</source>
        <translation>Geändert</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::MapPage</name>
    <message>
        <source>&amp;Lay Out</source>
        <translation>&amp;Anordnen</translation>
    </message>
    <message>
        <source>&amp;Open</source>
        <translation>Ö&amp;ffnen</translation>
    </message>
    <message>
        <source>&amp;Folder</source>
        <translation>&amp;Ordner</translation>
    </message>
    <message>
        <source>Si&amp;milar</source>
        <translation>Ä&amp;hnliche</translation>
    </message>
    <message>
        <source>Map of the files</source>
        <translation>Karte der Dateien</translation>
    </message>
    <message>
        <source>Point out what is about…</source>
        <translation>Zeigen, was handelt von…</translation>
    </message>
    <message>
        <source>Point out on the map</source>
        <translation>Auf der Karte zeigen</translation>
    </message>
    <message>
        <source>Move</source>
        <translation>Verschieben</translation>
    </message>
    <message>
        <source>Drag to move, turn the wheel to zoom</source>
        <translation>Ziehen verschiebt, das Mausrad vergrößert</translation>
    </message>
    <message>
        <source>Rectangle</source>
        <translation>Rechteck</translation>
    </message>
    <message>
        <source>Lasso</source>
        <translation>Lasso</translation>
    </message>
    <message>
        <source>Show All</source>
        <translation>Alles zeigen</translation>
    </message>
    <message>
        <source>Show the whole map (Home)</source>
        <translation>Die ganze Karte zeigen (Pos1)</translation>
    </message>
    <message>
        <source>Give places to new files; those on the map keep theirs</source>
        <translation>Neuen Dateien einen Platz geben; die auf der Karte behalten ihren</translation>
    </message>
    <message>
        <source>Files on the map</source>
        <translation>Dateien auf der Karte</translation>
    </message>
    <message>
        <source>Columns of the files</source>
        <translation>Spalten der Dateien</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>A map puts files that are about the same thing beside each other. It is made from the index, on this machine.</source>
        <translation>Eine Karte legt Dateien, die vom Selben handeln, nebeneinander. Sie wird auf diesem Rechner aus dem Index gemacht.</translation>
    </message>
    <message>
        <source>The map is being laid out…</source>
        <translation>Die Karte wird angeordnet…</translation>
    </message>
    <message>
        <source>%1 % is done.</source>
        <translation>%1 % sind fertig.</translation>
    </message>
    <message>
        <source>Reading the map…</source>
        <translation>Die Karte wird gelesen…</translation>
    </message>
    <message>
        <source>No volume to show</source>
        <translation>Kein Volume zum Zeigen</translation>
    </message>
    <message>
        <source>The map cannot be shown</source>
        <translation>Die Karte lässt sich nicht zeigen</translation>
    </message>
    <message>
        <source>Lay It Out Again</source>
        <translation>Neu anordnen</translation>
    </message>
    <message>
        <source>There is no map yet</source>
        <translation>Es gibt noch keine Karte</translation>
    </message>
    <message>
        <source>Lay It Out</source>
        <translation>Anordnen</translation>
    </message>
    <message>
        <source>Chosen: %1 of %2</source>
        <translation>Gewählt: %1 von %2</translation>
    </message>
    <message>
        <source>Files: %1</source>
        <translation>Dateien: %1</translation>
    </message>
    <message>
        <source> · pointed out: %1</source>
        <translation> · gezeigt: %1</translation>
    </message>
    <message>
        <source> · files have changed since it was laid out</source>
        <translation> · seit dem Anordnen haben sich Dateien geändert</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>&amp;Kopieren</translation>
    </message>
    <message>
        <source>Copy the files, to be pasted in a file manager; as text, their paths</source>
        <translation>Die Dateien kopieren, um sie in eine Dateiverwaltung einzufügen; als Text ihre Pfade</translation>
    </message>
    <message>
        <source>At most %1 files at once</source>
        <translation>Höchstens %1 Dateien auf einmal</translation>
    </message>
    <message>
        <source>Copied: %1</source>
        <translation>Kopiert: %1</translation>
    </message>
    <message>
        <source>Moment that the map shows</source>
        <translation>Zeitpunkt, den die Karte zeigt</translation>
    </message>
    <message>
        <source>The map at a snapshot: left is before, right is after, End is now</source>
        <translation>Die Karte zu einem Schnappschuss: links davor, rechts danach, Ende ist jetzt</translation>
    </message>
    <message>
        <source>Now</source>
        <translation>Jetzt</translation>
    </message>
    <message>
        <source>Show the files that there are now</source>
        <translation>Die Dateien zeigen, die es jetzt gibt</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <translation>%1, %2</translation>
    </message>
    <message>
        <source>%1 …</source>
        <translation>%1 …</translation>
    </message>
    <message>
        <source> · as of %1</source>
        <translation> · Stand: %1</translation>
    </message>
    <message>
        <source>This snapshot has no file for the map</source>
        <translation>Dieser Schnappschuss hat keine Datei für die Karte</translation>
    </message>
    <message>
        <source>None that the index has read, or that you may read.</source>
        <translation>Keine, die der Index gelesen hat oder die Sie lesen dürfen.</translation>
    </message>
    <message>
        <source>Show Now</source>
        <translation>Jetzt zeigen</translation>
    </message>
    <message>
        <source>Sa&amp;ve List…</source>
        <translation>Liste s&amp;peichern…</translation>
    </message>
    <message>
        <source>Show as Search</source>
        <translation>Als Suche zeigen</translation>
    </message>
    <message>
        <source>The same question on the Search page, with passages and reasons</source>
        <translation>Dieselbe Frage auf der Seite Suche, mit Textstellen und Gründen</translation>
    </message>
    <message>
        <source>Save what is listed, chosen or pointed out as CSV, JSON or paths</source>
        <translation>Was aufgelistet, ausgewählt oder hervorgehoben ist, als CSV, JSON oder Pfade speichern</translation>
    </message>
    <message>
        <source>Saved: %1</source>
        <translation>Gespeichert: %1</translation>
    </message>
    <message>
        <source>Stop &amp;Choosing</source>
        <translation>Auswahl &amp;abbrechen</translation>
    </message>
    <message>
        <source>Save the list: .csv, .json, or .txt for paths</source>
        <translation>Liste speichern: .csv, .json, oder .txt für Pfade</translation>
    </message>
    <message>
        <source>Choose files in a rectangle (R, or drag with Shift)</source>
        <translation>Dateien in einem Rechteck auswählen (R, oder mit Umschalt ziehen)</translation>
    </message>
    <message>
        <source>Choose files by drawing around them (L, or drag with Ctrl)</source>
        <translation>Dateien auswählen, indem man sie umfährt (L, oder mit Strg ziehen)</translation>
    </message>
    <message>
        <source>Map, %1 files in %2 groups.</source>
        <translation>Karte, %1 Dateien in %2 Gruppen.</translation>
    </message>
    <message>
        <source>The largest: %1, %2.</source>
        <translation>Die größte: %1, %2.</translation>
    </message>
    <message>
        <source>Arrows go from file to file, N to the next one that is pointed out, plus and minus zoom, Home shows all, Space chooses, Escape chooses none, Enter opens. The table beside it has the same files.</source>
        <translation>Pfeile gehen von Datei zu Datei, N zur nächsten hervorgehobenen, Plus und Minus vergrößern und verkleinern, Pos1 zeigt alles, die Leertaste wählt aus, Escape wählt nichts aus, die Eingabetaste öffnet. Die Tabelle daneben hat dieselben Dateien.</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::MessageBar</name>
    <message>
        <source>Close this message</source>
        <translation>Diese Meldung schließen</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::Opener</name>
    <message>
        <source>The volume does not answer. %1 is opened when it does.</source>
        <translation>Das Volume antwortet nicht. %1 wird geöffnet, sobald es antwortet.</translation>
    </message>
    <message>
        <source>%1 is gone since it was found.</source>
        <translation>%1 ist nicht mehr da, seit es gefunden wurde.</translation>
    </message>
    <message>
        <source>No program here opens %1. It lies in %2.</source>
        <translation>Kein Programm hier öffnet %1. Es liegt in %2.</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::PictureCompare</name>
    <message>
        <source>How much of the older picture is seen</source>
        <translation>Wie viel vom älteren Bild zu sehen ist</translation>
    </message>
    <message>
        <source>The older picture, and the newer one right of the line</source>
        <translation>Das ältere Bild, und rechts der Linie das neuere</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::Presence</name>
    <message>
        <source>Show Activity</source>
        <translation>Aktivität zeigen</translation>
    </message>
    <message>
        <source>&amp;Show VexFS</source>
        <translation>VexFS &amp;zeigen</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Beenden</translation>
    </message>
    <message>
        <source>VexFS: %1</source>
        <translation>VexFS: %1</translation>
    </message>
    <message>
        <source>VexFS: the service does not answer</source>
        <translation>VexFS: Der Dienst antwortet nicht</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::PreviewPanel</name>
    <message>
        <source>Inside of it: %1</source>
        <translation>Darin: %1</translation>
    </message>
    <message>
        <source>Page %1</source>
        <translation>Seite %1</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <translation>%1, %2</translation>
    </message>
    <message>
        <source>Changed %1</source>
        <translation>Geändert %1</translation>
    </message>
    <message>
        <source>By %1</source>
        <translation>Von %1</translation>
    </message>
    <message>
        <source>Dated %1</source>
        <translation>Datiert %1</translation>
    </message>
    <message>
        <source>Found by %1</source>
        <translation>Gefunden durch %1</translation>
    </message>
    <message>
        <source>word</source>
        <translation>Wort</translation>
    </message>
    <message>
        <source>meaning</source>
        <translation>Sinn</translation>
    </message>
    <message>
        <source>name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>&amp;Open</source>
        <translation>Öff&amp;nen</translation>
    </message>
    <message>
        <source>Show in &amp;Folder</source>
        <translation>Im &amp;Ordner zeigen</translation>
    </message>
    <message>
        <source>Find Si&amp;milar</source>
        <translation>Ä&amp;hnliches finden</translation>
    </message>
    <message>
        <source>All &amp;Versions</source>
        <translation>Alle &amp;Versionen</translation>
    </message>
    <message>
        <source>Title of the selected file</source>
        <translation>Titel der gewählten Datei</translation>
    </message>
    <message>
        <source>What is known of the selected file</source>
        <translation>Was von der gewählten Datei bekannt ist</translation>
    </message>
    <message>
        <source>What is in the selected file</source>
        <translation>Was in der gewählten Datei steht</translation>
    </message>
    <message>
        <source>Picture of the selected file</source>
        <translation>Bild der gewählten Datei</translation>
    </message>
    <message>
        <source>Back to the Selected File</source>
        <translation>Zurück zur gewählten Datei</translation>
    </message>
    <message>
        <source>Also related</source>
        <translation>Auch verwandt</translation>
    </message>
    <message>
        <source>As of the snapshot %1</source>
        <translation>Stand des Schnappschusses %1</translation>
    </message>
    <message>
        <source>Select a file to see what is in it.</source>
        <translation>Wählen Sie eine Datei, um zu sehen, was in ihr steht.</translation>
    </message>
    <message>
        <source>The volume does not answer. The file is shown when it does.</source>
        <translation>Das Volume antwortet nicht. Die Datei wird gezeigt, sobald es antwortet.</translation>
    </message>
    <message>
        <source>It is gone: moved or deleted since.</source>
        <translation>Sie ist nicht mehr da: seither verschoben oder gelöscht.</translation>
    </message>
    <message>
        <source>It is gone: the snapshot %1 does not have it, or is gone itself.</source>
        <translation>Sie ist nicht mehr da: der Schnappschuss %1 hat sie nicht, oder es gibt ihn nicht mehr.</translation>
    </message>
    <message>
        <source>It cannot be read: %1</source>
        <translation>Sie kann nicht gelesen werden: %1</translation>
    </message>
    <message>
        <source>A folder.</source>
        <translation>Ein Ordner.</translation>
    </message>
    <message>
        <source>It is empty.</source>
        <translation>Sie ist leer.</translation>
    </message>
    <message>
        <source>There is no preview of this kind of file. Open it to see it.</source>
        <translation>Für Dateien dieser Art gibt es keine Vorschau. Öffnen Sie sie, um sie zu sehen.</translation>
    </message>
    <message>
        <source>Also related: looking…</source>
        <translation>Auch verwandt: wird gesucht …</translation>
    </message>
    <message>
        <source>Also related: the index does not know it yet</source>
        <translation>Auch verwandt: der Index kennt sie noch nicht</translation>
    </message>
    <message>
        <source>Also related: nothing</source>
        <translation>Auch verwandt: nichts</translation>
    </message>
    <message>
        <source>The volume does not answer. The tags change when it does.</source>
        <translation>Das Volume antwortet nicht. Die Schlagwörter ändern sich, sobald es antwortet.</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 von %2</translation>
    </message>
    <message>
        <source>and %1 more</source>
        <translation>und %1 weitere</translation>
    </message>
    <message>
        <source>The tags did not change on %1 of %2 files:</source>
        <translation>Die Schlagwörter haben sich bei %1 von %2 Dateien nicht geändert:</translation>
    </message>
    <message>
        <source>Selected files: %1</source>
        <translation>Gewählte Dateien: %1</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::QueryChips</name>
    <message>
        <source>Documents</source>
        <translation>Dokumente</translation>
    </message>
    <message>
        <source>PDF</source>
        <translation>PDF</translation>
    </message>
    <message>
        <source>E-mail</source>
        <translation>E-Mail</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>Last week</source>
        <translation>Letzte Woche</translation>
    </message>
    <message>
        <source>This year</source>
        <translation>Dieses Jahr</translation>
    </message>
    <message>
        <source>Folder…</source>
        <translation>Ordner …</translation>
    </message>
    <message>
        <source>Only what is in a folder; the same as typing in:</source>
        <translation>Nur, was in einem Ordner liegt; dasselbe, wie in: zu tippen</translation>
    </message>
    <message>
        <source>Tag…</source>
        <translation>Schlagwort …</translation>
    </message>
    <message>
        <source>Only what has a tag; the same as typing tag:</source>
        <translation>Nur, was ein Schlagwort hat; dasselbe, wie tag: zu tippen</translation>
    </message>
    <message>
        <source>At a Date…</source>
        <translation>An einem Tag …</translation>
    </message>
    <message>
        <source>Files as they were when that day began; the same as typing at:</source>
        <translation>Dateien, wie sie zu Beginn dieses Tages waren; dasselbe, wie at: zu tippen</translation>
    </message>
    <message>
        <source>The same as typing %1</source>
        <translation>Dasselbe, wie %1 zu tippen</translation>
    </message>
    <message>
        <source>Stop Choosing</source>
        <translation>Auswahl abbrechen</translation>
    </message>
    <message>
        <source>In %1</source>
        <translation>In %1</translation>
    </message>
    <message>
        <source>Tag: %1</source>
        <translation>Schlagwort: %1</translation>
    </message>
    <message>
        <source>At %1</source>
        <translation>Am %1</translation>
    </message>
    <message>
        <source>A search cannot name %1: it is no text that could be typed.</source>
        <translation>Eine Suche kann %1 nicht nennen: es ist kein Text, den man tippen könnte.</translation>
    </message>
    <message>
        <source>A search cannot name %1: there is a quotation mark in it.</source>
        <translation>Eine Suche kann %1 nicht nennen: es enthält ein Anführungszeichen.</translation>
    </message>
    <message>
        <source>The folder to search in</source>
        <translation>Der Ordner, in dem gesucht wird</translation>
    </message>
    <message>
        <source>Name of a tag</source>
        <translation>Name eines Schlagworts</translation>
    </message>
    <message>
        <source>Day to search at</source>
        <translation>Tag, an dem gesucht wird</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::ScheduleBar</name>
    <message>
        <source>By &amp;schedule</source>
        <translation>Nach &amp;Plan</translation>
    </message>
    <message>
        <source>Take snapshots by themselves</source>
        <translation>Schnappschüsse von selbst aufnehmen</translation>
    </message>
    <message>
        <source>Keep every hour&apos;s:</source>
        <translation>Behalten je Stunde:</translation>
    </message>
    <message>
        <source>Hourly snapshots to keep</source>
        <translation>Stündliche Schnappschüsse, die bleiben</translation>
    </message>
    <message>
        <source>day&apos;s:</source>
        <translation>je Tag:</translation>
    </message>
    <message>
        <source>Daily snapshots to keep</source>
        <translation>Tägliche Schnappschüsse, die bleiben</translation>
    </message>
    <message>
        <source>week&apos;s:</source>
        <translation>je Woche:</translation>
    </message>
    <message>
        <source>Weekly snapshots to keep</source>
        <translation>Wöchentliche Schnappschüsse, die bleiben</translation>
    </message>
    <message>
        <source>month&apos;s:</source>
        <translation>je Monat:</translation>
    </message>
    <message>
        <source>Monthly snapshots to keep</source>
        <translation>Monatliche Schnappschüsse, die bleiben</translation>
    </message>
    <message>
        <source>stop below</source>
        <translation>aufhören unter</translation>
    </message>
    <message>
        <source>Percent of free space below which none is taken</source>
        <translation>Prozent freien Platzes, unter denen keiner aufgenommen wird</translation>
    </message>
    <message>
        <source> % free</source>
        <translation> % frei</translation>
    </message>
    <message>
        <source>No snapshots are taken by themselves.</source>
        <translation>Es werden keine Schnappschüsse von selbst aufgenommen.</translation>
    </message>
    <message>
        <source>next: %1</source>
        <translation>nächster: %1</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::SearchModel</name>
    <message>
        <source>%1, %2</source>
        <translation>%1, %2</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::SearchPage</name>
    <message>
        <source>, page %1</source>
        <translation>, Seite %1</translation>
    </message>
    <message>
        <source>, in it: %1</source>
        <translation>, darin: %1</translation>
    </message>
    <message>
        <source>Files that were found</source>
        <translation>Gefundene Dateien</translation>
    </message>
    <message>
        <source>Files: %1, in %2 ms</source>
        <translation>Dateien: %1, in %2 ms</translation>
    </message>
    <message>
        <source>Nothing fits “%1” well. These come nearest.</source>
        <translation>Nichts passt gut zu „%1“. Diese kommen am nächsten.</translation>
    </message>
    <message>
        <source>Some files may be missing here. Still to be indexed: %1</source>
        <translation>Hier könnten Dateien fehlen. Noch in den Index aufzunehmen: %1</translation>
    </message>
    <message>
        <source>Find files by what they say</source>
        <translation>Dateien nach dem finden, was in ihnen steht</translation>
    </message>
    <message>
        <source>Type words, or what you mean. Conditions go among them: type:pdf, after:2025-01, in:~/Work, &quot;exact phrase&quot;, -without.</source>
        <translation>Tippen Sie Wörter, oder was Sie meinen. Bedingungen stehen dazwischen: type:pdf, after:2025-01, in:~/Arbeit, &quot;genaue Wortfolge&quot;, -ohne.</translation>
    </message>
    <message>
        <source>Searching…</source>
        <translation>Sucht …</translation>
    </message>
    <message>
        <source>No file fits “%1”</source>
        <translation>Keine Datei passt zu „%1“</translation>
    </message>
    <message>
        <source>Fewer words or fewer conditions find more.</source>
        <translation>Weniger Wörter oder weniger Bedingungen finden mehr.</translation>
    </message>
    <message>
        <source>The search failed</source>
        <translation>Die Suche ist gescheitert</translation>
    </message>
    <message>
        <source>, as of %1</source>
        <translation>, Stand %1</translation>
    </message>
    <message>
        <source>Old versions, too</source>
        <translation>Auch alte Versionen</translation>
    </message>
    <message>
        <source>Also what only snapshots have</source>
        <translation>Auch was nur Schnappschüsse enthalten</translation>
    </message>
    <message>
        <source>Why isn&apos;t my file here?</source>
        <translation>Warum fehlt meine Datei?</translation>
    </message>
    <message>
        <source>Stop choosing</source>
        <translation>Auswahl abbrechen</translation>
    </message>
    <message>
        <source>The file that should be found</source>
        <translation>Die Datei, die gefunden werden sollte</translation>
    </message>
    <message>
        <source>Search Old Versions, Too</source>
        <translation>Auch alte Versionen durchsuchen</translation>
    </message>
    <message>
        <source>Forget these</source>
        <translation>Diese vergessen</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::Service</name>
    <message>
        <source>Indexing is paused</source>
        <translation>Der Aufbau des Index ist angehalten</translation>
    </message>
    <message>
        <source>Indexing waits (%1)</source>
        <translation>Der Aufbau des Index wartet (%1)</translation>
    </message>
    <message>
        <source>The index has a problem: %1</source>
        <translation>Der Index hat ein Problem: %1</translation>
    </message>
    <message>
        <source>Indexing, files to go: %1</source>
        <translation>Index wird aufgebaut, noch Dateien: %1</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>Jobs that run: %1</source>
        <translation>Laufende Vorgänge: %1</translation>
    </message>
    <message>
        <source>Files that can be found: %1</source>
        <translation>Auffindbare Dateien: %1</translation>
    </message>
    <message>
        <source>Volumes cannot be mounted here: /dev/fuse or the program fusermount3 is missing, or is not yours to use.</source>
        <translation>Hier lassen sich keine Volumes einhängen: /dev/fuse oder das Programm fusermount3 fehlt, oder Sie dürfen es nicht benutzen.</translation>
    </message>
    <message>
        <source>The programs mkfs.vexfs and vexfs-tune are not installed.</source>
        <translation>Die Programme mkfs.vexfs und vexfs-tune sind nicht installiert.</translation>
    </message>
    <message>
        <source>The program fsck.vexfs is not installed.</source>
        <translation>Das Programm fsck.vexfs ist nicht installiert.</translation>
    </message>
    <message>
        <source>Locked: a password will be asked for, yours or an administrator&apos;s.</source>
        <translation>Gesperrt: Es wird nach einem Passwort gefragt, nach Ihrem oder dem eines Verwalters.</translation>
    </message>
    <message>
        <source>You have no right to do this, and no password gives it.</source>
        <translation>Dazu haben Sie kein Recht, und kein Passwort gibt es Ihnen.</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::SnapshotDetails</name>
    <message>
        <source>Restore Be&amp;side</source>
        <translation>Da&amp;neben legen</translation>
    </message>
    <message>
        <source>Rep&amp;lace What Is There</source>
        <translation>V&amp;orhandenes ersetzen</translation>
    </message>
    <message>
        <source>Since the one before</source>
        <translation>Seit dem davor</translation>
    </message>
    <message>
        <source>From then until now</source>
        <translation>Von da bis jetzt</translation>
    </message>
    <message>
        <source>What the snapshot is compared with</source>
        <translation>Womit der Schnappschuss verglichen wird</translation>
    </message>
    <message>
        <source>Put the selected files beside what is there now</source>
        <translation>Die gewählten Dateien neben das legen, was jetzt da ist</translation>
    </message>
    <message>
        <source>Put them in place of what is there. That can be undone</source>
        <translation>Sie an die Stelle des Vorhandenen setzen. Das lässt sich rückgängig machen</translation>
    </message>
    <message>
        <source>Files that differ</source>
        <translation>Dateien, die sich unterscheiden</translation>
    </message>
    <message>
        <source>Columns of the files that differ</source>
        <translation>Spalten der Dateien, die sich unterscheiden</translation>
    </message>
    <message>
        <source>It is the first one. Compare it with now.</source>
        <translation>Es ist der erste. Vergleichen Sie ihn mit jetzt.</translation>
    </message>
    <message>
        <source>The first %1 of %2. %3</source>
        <translation>Die ersten %1 von %2. %3</translation>
    </message>
    <message>
        <source>Select one snapshot to see what changed, or two to compare them.</source>
        <translation>Wählen Sie einen Schnappschuss, um zu sehen, was sich änderte, oder zwei, um sie zu vergleichen.</translation>
    </message>
    <message>
        <source>Comparing…</source>
        <translation>Vergleicht …</translation>
    </message>
    <message>
        <source>Nothing changed.</source>
        <translation>Nichts hat sich geändert.</translation>
    </message>
    <message>
        <source>What happened: %1</source>
        <translation>Was geschah: %1</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::SnapshotModel</name>
    <message>
        <source>Locked</source>
        <translation>Gesperrt</translation>
    </message>
    <message>
        <source>Writable</source>
        <translation>Beschreibbar</translation>
    </message>
    <message>
        <source>Read-only</source>
        <translation>Nur lesbar</translation>
    </message>
    <message>
        <source>For undo</source>
        <translation>Zum Rückgängigmachen</translation>
    </message>
    <message>
        <source>Schedule</source>
        <translation>Plan</translation>
    </message>
    <message>
        <source>By you</source>
        <translation>Von Ihnen</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Taken</source>
        <translation>Aufgenommen</translation>
    </message>
    <message>
        <source>Files</source>
        <translation>Dateien</translation>
    </message>
    <message>
        <source>Access</source>
        <translation>Zugriff</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Warum</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>Heute</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>Gestern</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::SnapshotsPage</name>
    <message>
        <source>&amp;Take One Now…</source>
        <translation>Jetzt &amp;aufnehmen …</translation>
    </message>
    <message>
        <source>&amp;Browse</source>
        <translation>&amp;Durchsehen</translation>
    </message>
    <message>
        <source>&amp;Delete…</source>
        <translation>&amp;Löschen …</translation>
    </message>
    <message>
        <source>&amp;Rename…</source>
        <translation>&amp;Umbenennen …</translation>
    </message>
    <message>
        <source>&amp;Lock</source>
        <translation>&amp;Sperren</translation>
    </message>
    <message>
        <source>R&amp;oll Back to It…</source>
        <translation>Auf ihn &amp;zurücksetzen …</translation>
    </message>
    <message>
        <source>Filter by name (undo: those that undo needs)</source>
        <translation>Nach Name filtern (undo: auch die zum Rückgängigmachen)</translation>
    </message>
    <message>
        <source>Filter by name</source>
        <translation>Nach Name filtern</translation>
    </message>
    <message>
        <source>Snapshots, newest first</source>
        <translation>Schnappschüsse, neueste zuerst</translation>
    </message>
    <message>
        <source>Columns of the snapshots</source>
        <translation>Spalten der Schnappschüsse</translation>
    </message>
    <message>
        <source>&amp;More</source>
        <translation>&amp;Mehr</translation>
    </message>
    <message>
        <source>More to do with the selected snapshot</source>
        <translation>Was mit dem gewählten Schnappschuss noch geht</translation>
    </message>
    <message>
        <source>Took snapshot %1.</source>
        <translation>Schnappschuss %1 aufgenommen.</translation>
    </message>
    <message>
        <source>Everything is as it was in %1. What was there before is in the snapshot %2.</source>
        <translation>Alles ist, wie es in %1 war. Was davor da war, ist im Schnappschuss %2.</translation>
    </message>
    <message>
        <source>Brought back: %1</source>
        <translation>Zurückgeholt: %1</translation>
    </message>
    <message>
        <source>Nothing was changed: the same is there already.</source>
        <translation>Nichts wurde geändert: dasselbe ist schon da.</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>&amp;Rückgängig</translation>
    </message>
    <message>
        <source>Undone: everything is as it was before.</source>
        <translation>Rückgängig gemacht: alles ist, wie es vorher war.</translation>
    </message>
    <message>
        <source>No snapshots yet</source>
        <translation>Noch keine Schnappschüsse</translation>
    </message>
    <message>
        <source>A snapshot keeps everything as it is now. It takes an instant and no space until files change.</source>
        <translation>Ein Schnappschuss bewahrt alles, wie es jetzt ist. Er dauert einen Augenblick und braucht keinen Platz, bis sich Dateien ändern.</translation>
    </message>
    <message>
        <source>Take One Now</source>
        <translation>Jetzt einen aufnehmen</translation>
    </message>
    <message>
        <source>Snapshots: %1</source>
        <translation>Schnappschüsse: %1</translation>
    </message>
    <message>
        <source>Selected: %1</source>
        <translation>Gewählt: %1</translation>
    </message>
    <message>
        <source>Un&amp;lock</source>
        <translation>&amp;Entsperren</translation>
    </message>
    <message>
        <source>Deleting it frees %1.</source>
        <translation>Ihn zu löschen gibt %1 frei.</translation>
    </message>
    <message>
        <source>Selected: %1. Deleting them together frees %2.</source>
        <translation>Gewählt: %1. Sie zusammen zu löschen gibt %2 frei.</translation>
    </message>
    <message>
        <source>Take a snapshot</source>
        <translation>Einen Schnappschuss aufnehmen</translation>
    </message>
    <message>
        <source>Name (empty: the time):</source>
        <translation>Name (leer: die Zeit):</translation>
    </message>
    <message>
        <source>Delete snapshots</source>
        <translation>Schnappschüsse löschen</translation>
    </message>
    <message>
        <source>Delete these snapshots? What exists only there is lost: %1</source>
        <translation>Diese Schnappschüsse löschen? Was nur dort ist, geht verloren: %1</translation>
    </message>
    <message>
        <source>Rename a snapshot</source>
        <translation>Schnappschuss umbenennen</translation>
    </message>
    <message>
        <source>Name:</source>
        <translation>Name:</translation>
    </message>
    <message>
        <source>Roll back</source>
        <translation>Zurücksetzen</translation>
    </message>
    <message>
        <source>Make all files of the volume what they were in %1?

What is there now becomes a snapshot first, so that you can come back to it. The comparison below the list shows what changed since.</source>
        <translation>Alle Dateien des Volumes zu dem machen, was sie in %1 waren?

Was jetzt da ist, wird zuerst ein Schnappschuss, damit Sie dahin zurückkönnen. Der Vergleich unter der Liste zeigt, was sich seither änderte.</translation>
    </message>
    <message>
        <source>%1 and more (%2 in all)</source>
        <translation>%1 und weitere (insgesamt %2)</translation>
    </message>
    <message>
        <source>Versions of files that exist only in it: %1</source>
        <translation>Dateiversionen, die es nur darin gibt: %1</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::TagBar</name>
    <message>
        <source>Add a tag</source>
        <translation>Schlagwort hinzufügen</translation>
    </message>
    <message>
        <source>A name, then Enter; several with commas between them</source>
        <translation>Ein Name, dann Eingabe; mehrere mit Kommas dazwischen</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation>%1 (%2)</translation>
    </message>
    <message>
        <source>Remove the tag %1</source>
        <translation>Schlagwort %1 entfernen</translation>
    </message>
    <message>
        <source>Tag %1</source>
        <translation>Schlagwort %1</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::TextCompare</name>
    <message>
        <source>&amp;Next Difference</source>
        <translation>&amp;Nächster Unterschied</translation>
    </message>
    <message>
        <source>The older version</source>
        <translation>Die ältere Version</translation>
    </message>
    <message>
        <source>The newer version</source>
        <translation>Die neuere Version</translation>
    </message>
    <message>
        <source>Go to the next difference (F8)</source>
        <translation>Zum nächsten Unterschied gehen (F8)</translation>
    </message>
    <message>
        <source>No line differs</source>
        <translation>Keine Zeile unterscheidet sich</translation>
    </message>
    <message>
        <source>Places that differ: %1</source>
        <translation>Stellen, die sich unterscheiden: %1</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::TextDiff</name>
    <message>
        <source>%1 cannot be read.</source>
        <translation>%1 lässt sich nicht lesen.</translation>
    </message>
    <message>
        <source>%1 is no file.</source>
        <translation>%1 ist keine Datei.</translation>
    </message>
    <message>
        <source>%1 is too large to be compared here.</source>
        <translation>%1 ist zu groß, um hier verglichen zu werden.</translation>
    </message>
    <message>
        <source>%1 is no text. Open the versions to compare them.</source>
        <translation>%1 ist kein Text. Öffnen Sie die Versionen, um sie zu vergleichen.</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::UsageBar</name>
    <message>
        <source>Used space</source>
        <translation>Belegter Platz</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::VolumeCard</name>
    <message>
        <source>It is nearly full: delete files or old snapshots.</source>
        <translation>Es ist fast voll: löschen Sie Dateien oder alte Schnappschüsse.</translation>
    </message>
    <message>
        <source>Data with wrong checksums was found: restore those files.</source>
        <translation>Daten mit falschen Prüfsummen wurden gefunden: holen Sie diese Dateien zurück.</translation>
    </message>
    <message>
        <source>Its disk reports errors: make a copy of it now.</source>
        <translation>Sein Datenträger meldet Fehler: machen Sie jetzt eine Kopie.</translation>
    </message>
    <message>
        <source>It was not scrubbed for long.</source>
        <translation>Es wurde lange nicht ganz gelesen.</translation>
    </message>
    <message>
        <source>Its index is not up to date.</source>
        <translation>Sein Index ist nicht auf dem neuesten Stand.</translation>
    </message>
    <message>
        <source>Not mounted</source>
        <translation>Nicht eingehängt</translation>
    </message>
    <message>
        <source>Mounted at %1 (%2)</source>
        <translation>Eingehängt unter %1 (%2)</translation>
    </message>
    <message>
        <source>Snapshots: %1</source>
        <translation>Schnappschüsse: %1</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Öffnen</translation>
    </message>
    <message>
        <source>&amp;Grow…</source>
        <translation>&amp;Vergrößern …</translation>
    </message>
    <message>
        <source>&amp;Scrub: Read and Verify All of It</source>
        <translation>&amp;Ganz lesen und nachprüfen</translation>
    </message>
    <message>
        <source>&amp;Check</source>
        <translation>&amp;Prüfen</translation>
    </message>
    <message>
        <source>Check and Re&amp;pair</source>
        <translation>Prüfen und &amp;reparieren</translation>
    </message>
    <message>
        <source>&amp;Rename…</source>
        <translation>&amp;Umbenennen …</translation>
    </message>
    <message>
        <source>Volume %1</source>
        <translation>Volume %1</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>Daten</translation>
    </message>
    <message>
        <source>Vectors</source>
        <translation>Vektoren</translation>
    </message>
    <message>
        <source>About volume %1</source>
        <translation>Über Volume %1</translation>
    </message>
    <message>
        <source>Unmount</source>
        <translation>Aushängen</translation>
    </message>
    <message>
        <source>Mount</source>
        <translation>Einhängen</translation>
    </message>
    <message>
        <source>Unmount %1</source>
        <translation>%1 aushängen</translation>
    </message>
    <message>
        <source>Mount %1</source>
        <translation>%1 einhängen</translation>
    </message>
    <message>
        <source>Unmount it first</source>
        <translation>Hängen Sie es zuerst aus</translation>
    </message>
    <message>
        <source>Care for %1</source>
        <translation>Pflege von %1</translation>
    </message>
    <message>
        <source>Open %1</source>
        <translation>%1 öffnen</translation>
    </message>
    <message>
        <source>Mount it first</source>
        <translation>Hängen Sie es zuerst ein</translation>
    </message>
    <message>
        <source>Files that can be found: %1, with %2 passages</source>
        <translation>Auffindbare Dateien: %1, mit %2 Abschnitten</translation>
    </message>
    <message>
        <source>Still to be indexed: %1</source>
        <translation>Noch zu indizieren: %1</translation>
    </message>
    <message>
        <source>Could not be read: %1. Search for one by name, and ask there why it is missing.</source>
        <translation>Nicht lesbar: %1. Suchen Sie eine nach dem Namen und fragen Sie dort, warum sie fehlt.</translation>
    </message>
    <message>
        <source>&amp;Care</source>
        <translation>&amp;Pflege</translation>
    </message>
    <message>
        <source>Its driver ended by itself: mount it again.</source>
        <translation>Sein Treiber endete von selbst: Hängen Sie es wieder ein.</translation>
    </message>
    <message>
        <source>Its index cannot be used: its files are there, and are not found.</source>
        <translation>Sein Index ist nicht benutzbar: Die Dateien sind da, werden aber nicht gefunden.</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::VolumesPage</name>
    <message>
        <source>&amp;Make a Volume…</source>
        <translation>&amp;Volume anlegen …</translation>
    </message>
    <message>
        <source>No volume yet</source>
        <translation>Noch kein Volume</translation>
    </message>
    <message>
        <source>A volume holds your documents. It may be a file that grows as it fills.</source>
        <translation>Ein Volume enthält Ihre Dokumente. Es kann eine Datei sein, die wächst, wie es sich füllt.</translation>
    </message>
    <message>
        <source>Make One</source>
        <translation>Eines anlegen</translation>
    </message>
    <message>
        <source>&amp;Overview</source>
        <translation>&amp;Überblick</translation>
    </message>
    <message>
        <source>&amp;Statistics</source>
        <translation>&amp;Statistik</translation>
    </message>
    <message>
        <source>Overview and statistics of volumes</source>
        <translation>Überblick und Statistik der Volumes</translation>
    </message>
    <message>
        <source>Cache</source>
        <translation>Zwischenspeicher</translation>
    </message>
    <message>
        <source>Found there</source>
        <translation>Dort gefunden</translation>
    </message>
    <message>
        <source>Asked</source>
        <translation>Gefragt</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Speicher</translation>
    </message>
    <message>
        <source>Thrown out</source>
        <translation>Verdrängt</translation>
    </message>
    <message>
        <source>Columns of the caches</source>
        <translation>Spalten der Zwischenspeicher</translation>
    </message>
    <message>
        <source>What each cache did since the volume was mounted</source>
        <translation>Was jeder Zwischenspeicher tat, seit das Volume eingehängt wurde</translation>
    </message>
    <message>
        <source>Rename a volume</source>
        <translation>Volume umbenennen</translation>
    </message>
    <message>
        <source>Name:</source>
        <translation>Name:</translation>
    </message>
    <message>
        <source>Grow a volume</source>
        <translation>Volume vergrößern</translation>
    </message>
    <message>
        <source>Size of %1 in GiB:</source>
        <translation>Größe von %1 in GiB:</translation>
    </message>
    <message>
        <source>%1 grows.</source>
        <translation>%1 wird vergrößert.</translation>
    </message>
    <message>
        <source>The volume has %1 now.</source>
        <translation>Das Volume hat jetzt %1.</translation>
    </message>
    <message>
        <source>All of %1 is read and verified. Activity shows how far it is.</source>
        <translation>%1 wird ganz gelesen und nachgeprüft. Wie weit, steht unter „Aktivität“.</translation>
    </message>
    <message>
        <source>Read %1: all as it was written.</source>
        <translation>%1 gelesen: alles, wie es geschrieben wurde.</translation>
    </message>
    <message>
        <source>Read %1. Blocks that are wrong: %2. Restore these files from a snapshot or a backup.</source>
        <translation>%1 gelesen. Falsche Blöcke: %2. Holen Sie diese Dateien aus einem Schnappschuss oder einer Sicherung zurück.</translation>
    </message>
    <message>
        <source>%1 is checked. Activity shows how far it is.</source>
        <translation>%1 wird geprüft. Wie weit, steht unter „Aktivität“.</translation>
    </message>
    <message>
        <source>The volume is as it should be.</source>
        <translation>Das Volume ist, wie es sein soll.</translation>
    </message>
    <message>
        <source>Some damage could not be repaired: copy what can be read, and restore the rest from a backup.</source>
        <translation>Mancher Schaden ließ sich nicht reparieren: kopieren Sie, was lesbar ist, und holen Sie den Rest aus einer Sicherung.</translation>
    </message>
    <message>
        <source>The volume is damaged: repair it with Check and Repair.</source>
        <translation>Das Volume ist beschädigt: reparieren Sie es mit „Prüfen und reparieren“.</translation>
    </message>
    <message>
        <source>Nothing was counted yet.</source>
        <translation>Noch wurde nichts gezählt.</translation>
    </message>
</context>
<context>
    <name>vexfs::gui::WatchList</name>
    <message>
        <source>%1 — not there now</source>
        <translation>%1 — jetzt nicht da</translation>
    </message>
    <message>
        <source>%1 — %2</source>
        <translation>%1 — %2</translation>
    </message>
    <message>
        <source>%1 — files: %2, waiting: %3</source>
        <translation>%1 — Dateien: %2, wartend: %3</translation>
    </message>
    <message>
        <source>%1 — files: %2</source>
        <translation>%1 — Dateien: %2</translation>
    </message>
    <message>
        <source>&amp;Watch</source>
        <translation>&amp;Beobachten</translation>
    </message>
    <message>
        <source>&amp;No Longer Watch</source>
        <translation>Nicht &amp;mehr beobachten</translation>
    </message>
    <message>
        <source>Folder to watch</source>
        <translation>Zu beobachtender Ordner</translation>
    </message>
    <message>
        <source>Watched folders</source>
        <translation>Beobachtete Ordner</translation>
    </message>
    <message>
        <source>Stop Choosing</source>
        <translation>Auswahl abbrechen</translation>
    </message>
    <message>
        <source>Choose a Folder…</source>
        <translation>Ordner wählen …</translation>
    </message>
    <message>
        <source>%1 is no folder: its whole path is needed, from / or ~ on</source>
        <translation>%1 ist kein Ordner: der ganze Pfad wird gebraucht, ab / oder ~</translation>
    </message>
    <message>
        <source>Watched fo&amp;lders outside of volumes: found where they lie</source>
        <translation>Beobachtete &amp;Ordner außerhalb von Volumes: gefunden, wo sie liegen</translation>
    </message>
</context>
</TS>
