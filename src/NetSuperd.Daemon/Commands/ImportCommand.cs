using System.Text;
using NetSuperd.Server.Config.Import;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Commands;

/// <summary>
/// <c>netsuperd import</c>: translates files of other programs into a map, and reports what differs.
/// </summary>
internal static class ImportCommand
{
    /// <returns>
    /// 0, also with losses; 65 where a file is not what it should be, and for losses with <paramref name="strict"/>; 66 where a file cannot
    /// be read; 71 where the map cannot be written.
    /// </returns>
    public static int Run(string[] paths, string? output, bool verbose, bool strict)
    {
        var format = ForeignFormats.Named(paths[0]);
        var files = format is null ? paths : paths[1..];
        if (files.Length == 0 || files.Contains(""))
        {
            Terminal.Say($"netsuperd: name the files to import, such as: netsuperd import {paths[0]} PATH");
            return ExitStatus.Usage;
        }

        var imported = MapImport.Run(
            MapArguments.Request(null, [], toRun: false) with { File = MapBeside(output) },
            files.Select(path => new ForeignPath(format, path)));
        foreach (var finding in imported.Findings.Where(finding => verbose || finding.Outcome != Outcome.Kept))
        {
            Terminal.Say($"{finding}");
        }

        foreach (var problem in imported.Problems)
        {
            Terminal.SayLines(ProblemText.Format(problem));
        }

        if (imported.Problems.Any(problem => problem.Severity == Severity.Error))
        {
            return imported.FileMissing ? ExitStatus.NoInput : ExitStatus.Data;
        }

        var lost = Count(Outcome.Lost);
        var status = output is null ? Terminal.Print(imported.Text) : Write(output, imported);
        if (status == ExitStatus.Ok && output is not null && imported.Defaults is { } defaults)
        {
            Terminal.Say("netsuperd: the rules about all programs hold for every service, so they belong in the map itself; add there:");
            status = Terminal.Print(defaults);
        }

        var (changed, off) = (Count(Outcome.Changed), Count(Outcome.Off));
        Terminal.Say($"{imported.DropIns.Length} services, {changed} changed, {lost} lost, {off} off");
        if (imported.DropIns.Length > 0 && !imported.IsServed)
        {
            Terminal.Say("netsuperd: each of these services is disabled or has no socket, so a map of them alone is not valid");
        }

        return status != ExitStatus.Ok ? status : strict && lost > 0 ? ExitStatus.Data : ExitStatus.Ok;

        int Count(Outcome outcome) => imported.Findings.Count(finding => finding.Outcome == outcome);
    }

    /// <summary>The map that drop-ins in a folder are for; null: there is none.</summary>
    private static string? MapBeside(string? folder) =>
        folder is not null && Path.GetDirectoryName(Path.GetFullPath(folder)) is { } parent
            && Path.Combine(parent, Path.GetFileName(CommandLine.DefaultConfig)) is var map && File.Exists(map) ? map : null;

    /// <summary>Writes the drop-ins, or none of them where one is there already or cannot be written.</summary>
    private static int Write(string folder, ImportResult imported)
    {
        var written = new List<string>();
        try
        {
            Directory.CreateDirectory(folder);
            if (imported.DropIns.Select(dropIn => PathOf(folder, dropIn.Name)).FirstOrDefault(File.Exists) is { } taken)
            {
                Terminal.Say($"netsuperd: {taken} is there already, so nothing is written: remove it, or choose another folder");
                return ExitStatus.System;
            }

            foreach (var (name, text) in imported.DropIns)
            {
                using var file = new FileStream(PathOf(folder, name), Installation.Current.NewFile);
                written.Add(file.Name);
                file.Write(Encoding.UTF8.GetBytes(text));
            }

            return ExitStatus.Ok;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            written.ForEach(File.Delete);
            Terminal.Say($"netsuperd: cannot write into {folder}: {failure.Message}");
            return ExitStatus.System;
        }
    }

    private static string PathOf(string folder, string service) => Path.Combine(folder, $"{service}.toml");
}
