using NetSuperd.Platform;
using NetSuperd.Server.Config.Files;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Kinds;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Binding;

/// <summary>Makes the records of <c>[daemon]</c> and <c>[log]</c>.</summary>
internal static class DaemonBinder
{
    /// <summary>Binds <c>[daemon]</c>.</summary>
    /// <param name="table">The table.</param>
    /// <param name="reading">The context of the reading.</param>
    /// <param name="control">The default of <c>control</c>; null: there is none.</param>
    /// <param name="request">What is loaded, and the system that it is for.</param>
    /// <param name="judge">Judges the paths of files that the daemon makes.</param>
    public static DaemonSection Daemon(TableNode? table, Reading reading, string? control, LoadRequest request, PathJudge judge)
    {
        var (host, plugins) = (request.Host, request.DefaultPlugins);
        var section = Read(table, MapKeys.Daemon, reading, DaemonKeys.All);
        CheckFile(section, DaemonKeys.PidFile, reading, judge);

        // The default folders need not exist, although the output of check --show names them.
        if (section.TryGet(DaemonKeys.Control, out var socket) && host.ControlComplaint(socket) is { } complaint)
        {
            reading.Problems.Error(section.At(DaemonKeys.Control)!, complaint);
        }
        else if (socket != control && host.HasControlFile)
        {
            CheckFile(section, DaemonKeys.Control, reading, judge);
        }

        if (section.TryGet(DaemonKeys.Plugins, out var folder) && folder != plugins && !IsFolder(folder, judge.Files))
        {
            reading.Problems.Error(section.At(DaemonKeys.Plugins)!, $"there is no folder '{folder}'");
        }

        var path = section.TryGet(DaemonKeys.Control, out var named) ? named : control;
        uint? group = section.TryGet(DaemonKeys.StatusGroup, out var status) ? status : null;
        if (group is not null && path is not null && StatusComplaint(path) is { } wrong)
        {
            reading.Problems.Error(section.At(DaemonKeys.StatusGroup)!, wrong);
            group = null;
        }

        return new DaemonSection
        {
            Control = path,
            ControlIsDefault = path is not null && path == control,
            StatusGroup = group,
            OperatorTokenFile = section.TryGet(DaemonKeys.OperatorTokenFile, out var secret) ? secret : null,
            OperatorToken = section.TryGet(DaemonKeys.OperatorTokenFile, out secret)
                ? Token(secret, section.At(DaemonKeys.OperatorTokenFile)!, reading, judge)
                : null,
            PidFile = section.TryGet(DaemonKeys.PidFile, out var pidFile) ? pidFile : null,
            Drain = section.Get(DaemonKeys.Drain),
            DrainChildren = section.Get(DaemonKeys.DrainChildren),
            RestartLinger = section.Get(DaemonKeys.RestartLinger),
            OnUnavailable = section.Get(DaemonKeys.OnUnavailable),
            MaxConnections = section.Get(DaemonKeys.MaxConnections).OrNull(),
            RawSockets = section.Get(DaemonKeys.RawSockets),
            Plugins = section.TryGet(DaemonKeys.Plugins, out var given) ? given : plugins,
        };
    }

    /// <summary>Binds <c>[log]</c>.</summary>
    public static LogSection Log(TableNode? table, Reading reading, PathJudge judge)
    {
        var section = Read(table, MapKeys.Log, reading, LogKeys.All);
        var target = section.Get(LogKeys.Target);
        if (section.Find(LogKeys.Target.Name) is { } entry && target == LogTarget.File && section.Find(LogKeys.File.Name) is null)
        {
            reading.Problems.Error(entry.Value.At, "target \"file\" needs file = \"/path\" as well");
        }

        // Where the target itself is wrong, it is unknown whether the file is.
        if (section.Find(LogKeys.File.Name) is { } file && target != LogTarget.File && section.IsSound(LogKeys.Target))
        {
            reading.Problems.Error(file.KeyAt, "'file' is for target = \"file\" only");
        }

        if (target == LogTarget.File)
        {
            CheckFile(section, LogKeys.File, reading, judge, isReplaced: false);
        }

        return new LogSection
        {
            Level = section.Get(LogKeys.Level),
            Format = section.Get(LogKeys.Format),
            Target = target,
            File = target == LogTarget.File && section.TryGet(LogKeys.File, out var path) ? path : null,
            Address = section.Get(LogKeys.Address),
            LinesPerSource = section.Get(LogKeys.LinesPerSource).OrNull(),
        };
    }

    /// <summary>
    /// A file that the daemon will write needs an existing folder, and must not be a folder itself: reported now, and not when it is
    /// written.
    /// </summary>
    private static void CheckFile<TRecord>(
        Section<TRecord> section, Key<TRecord, string> key, Reading reading, PathJudge judge, bool isReplaced = true)
    {
        if (!section.TryGet(key, out var path))
        {
            return;
        }

        if (IsFolder(path, judge.Files))
        {
            reading.Problems.Error(section.At(key)!, $"'{path}' is a folder; write the path of a file");
        }
        else if (Path.GetDirectoryName(path) is { } folder && !IsFolder(folder, judge.Files))
        {
            reading.Problems.Error(section.At(key)!, $"there is no folder '{folder}'");
        }
        else if (!CanBeFile(path, judge.Files))
        {
            reading.Problems.Error(section.At(key)!, $"no file can have the path '{path}'");
        }
        else
        {
            judge.Judge(path, section.At(key)!, followLast: !isReplaced);
            if (!isReplaced && judge.Files.StatusOf(path) is { Type: not (FileType.Regular or FileType.CharacterDevice) })
            {
                judge.Foresee(
                    section.At(key)!, $"'{path}' is neither a regular file nor a device such as a terminal, and cannot be opened");
            }
        }
    }

    /// <summary>Reads the operators' token. A check by another user, which may not read the file, leaves it out.</summary>
    private static OperatorToken? Token(string path, Position at, Reading reading, PathJudge judge)
    {
        if (judge.Files.ReadPrivate(path, Secrecy.GroupAndOthers, OperatorToken.MostBytes, out var problem) is not { } text)
        {
            judge.Depending(at, problem!);
            return null;
        }

        var token = OperatorToken.Read(text, out problem);
        if (problem is not null)
        {
            reading.Problems.Error(at, $"'{path}': {problem}");
        }

        return token;
    }

    /// <summary>Why there cannot be a socket for questions beside the control socket; null where there can.</summary>
    private static string? StatusComplaint(string control)
    {
        var path = ControlPath.StatusBeside(control);
        return path == control ? $"the control socket itself is {control}; give daemon.control another name" : ControlPath.Complaint(path);
    }

    /// <summary>Whether a path can be that of a file, which a system may have for devices, and for streams beside the content.</summary>
    private static bool CanBeFile(string path, IFiles files)
    {
        using var walk = files.Walk(path);
        return walk.Failure is not { Errno: Errno.EINVAL };
    }

    private static bool IsFolder(string path, IFiles files) => files.StatusOf(path) is { Type: FileType.Directory };

    private static Section<TRecord> Read<TRecord>(TableNode? table, string name, Reading reading, IReadOnlyList<Key<TRecord>> keys)
    {
        var section = new Section<TRecord>(table, name, reading);
        section.Read(keys, Scope.Always, _ => "");
        return section;
    }
}
