using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Xinetd;

/// <summary>The defaults of xinetd.conf, which hold for the services of every file.</summary>
internal sealed class XinetdDefaults(Importing importing)
{
    private const string FolderOfServices = "xinetd.d";
    private const string MainFile = "xinetd.conf";

    // xinetd copies them when it reads a service: those in defaults that stand later do not come in.
    private static readonly string[] OfReading = ["only_from", "no_access", "passenv", "banner_fail"];

    private readonly HashSet<XinetdEntry> _before = [];
    private Position? _at;

    /// <summary>The attributes of the defaults.</summary>
    public XinetdSettings Settings { get; } = new(isDefaults: true);

    /// <summary>Reads the defaults among the entries of all files.</summary>
    public void Read(List<XinetdEntry> entries, IReadOnlyList<SourceText> files)
    {
        FindMainFile(entries, files);
        var seen = new HashSet<SourceText>();
        foreach (var entry in entries)
        {
            if (entry.Name is not null)
            {
                if (_at is null)
                {
                    _before.Add(entry);
                }

                continue;
            }

            if (entry.Fault is { } fault)
            {
                importing.Map.Changed(
                    entry.At, $"xinetd left out these defaults, so no service had their limits: {fault.Reason}; now all of them have them");
            }
            else if (!seen.Add(entry.At.Source))
            {
                importing.Map.Lost(entry.At, "xinetd takes only the first defaults of a file: these are left out, as before");
                continue;
            }

            _at ??= entry.At;
            Settings.Read(entry.Lines);
        }

        foreach (var finding in Settings.Findings)
        {
            if (finding.Outcome == Outcome.Lost)
            {
                importing.Map.Lost(finding.At, finding.Message);
            }
            else
            {
                importing.Map.Changed(finding.At, finding.Message);
            }
        }

        foreach (var fence in Settings.ForeignFences)
        {
            importing.Map.Lost(fence.At, $"'{fence.Text}' is no attribute of xinetd, and not one here: fence the programs in otherwise");
        }
    }

    /// <summary>The attributes of a service, with those of the defaults.</summary>
    public XinetdSettings SettingsOf(XinetdEntry entry)
    {
        var settings = new XinetdSettings(isDefaults: false);
        settings.CopyFrom(Settings);
        settings.Read(entry.Lines);
        settings.FillFrom(Settings);
        foreach (var (at, reason) in Settings.Faults)
        {
            settings.Faults.Add((at, $"xinetd does not start at all, since {reason}"));
        }

        if (_at is not null && _before.Contains(entry) && OfReading.Any(name => Settings.At(name) is not null && !settings.IsOwn(name)))
        {
            settings.Findings.Add(new Finding(
                entry.At, Outcome.Changed, $"the entry stands before the defaults at {_at}, so xinetd did not apply their only_from, "
                    + "no_access and passenv to it; they hold for it now"));
        }

        return settings;
    }

    /// <summary>The files of xinetd.d alone have no defaults; those of the file beside their folder held for them.</summary>
    private void FindMainFile(List<XinetdEntry> entries, IReadOnlyList<SourceText> files)
    {
        var folder = files.Select(file => Path.GetDirectoryName(Path.GetFullPath(file.Name)))
            .FirstOrDefault(folder => Path.GetFileName(folder) == FolderOfServices);
        if (entries.Exists(entry => entry.Name is null) || folder is null)
        {
            return;
        }

        var path = Path.Combine(Path.GetDirectoryName(folder)!, MainFile);
        if (!File.Exists(path))
        {
            importing.Map.Changed(
                new Position(files[0]), $"there is no {path}: if xinetd has defaults such as only_from, import its {MainFile} as well");
        }
        else if (!importing.Files.HasRead(path) && importing.Files.Read(path) is { } main)
        {
            // Only the defaults are wanted: the services were not asked for.
            var found = new List<XinetdEntry>();
            new XinetdReader(importing, found, main) { Includes = false }.Read();
            entries.InsertRange(0, found.Where(entry => entry.Name is null));
            importing.Map.Changed(new Position(main), $"its defaults hold for the services in {folder}; its own services are not imported");
        }
    }
}
