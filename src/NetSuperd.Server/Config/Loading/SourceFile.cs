using System.Buffers;
using System.Text;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Loading;

/// <summary>Reads a file of the map.</summary>
internal static class SourceFile
{
    // 65,535 ports are 2 MiB; a larger file is no map.
    private const int MostBytes = 16 << 20;

    /// <summary>The text of a file; null after a problem, which has been reported.</summary>
    /// <param name="target">The file; the object that was judged is the one that is read.</param>
    /// <param name="path">The path that led to it.</param>
    /// <param name="name">The file as the administrator named it.</param>
    /// <param name="problems">Receives the problems.</param>
    /// <param name="missing">Whether it is missing or cannot be read.</param>
    public static SourceText? Read(WalkedPath target, string path, string name, Problems problems, out bool missing) =>
        ReadBytes(target, path, name, problems, out missing) is { } content ? Decode(content, name, problems) : null;

    /// <summary>
    /// The text of another program's file; null after a problem. These programs know bytes only, and what is not UTF-8 is mostly Latin-1.
    /// </summary>
    public static SourceText? ReadForeign(WalkedPath target, string path, Problems problems, out bool missing)
    {
        if (ReadBytes(target, path, path, problems, out missing) is not { } content)
        {
            return null;
        }

        var isUtf8 = System.Text.Unicode.Utf8.IsValid(content);
        var text = new SourceText(path, (isUtf8 ? Encoding.UTF8 : Encoding.Latin1).GetString(content)) { IsUtf8 = isUtf8 };
        if (!text.Text.Contains('\0', StringComparison.Ordinal))
        {
            return text;
        }

        problems.Error(new Position(text), "the file holds NUL bytes: it is no text");
        return null;
    }

    private static byte[]? ReadBytes(WalkedPath target, string path, string name, Problems problems, out bool missing)
    {
        var nowhere = new Position(new SourceText(name, ""));
        missing = false;
        try
        {
            var file = target.File ?? throw target.Failure ?? new CallException("open", path, Errno.ENOENT);
            missing = file.Status.Type == FileType.Directory;
            var bytes = missing ? [] : ReadBytes(file);
            if (!missing && bytes.Length <= MostBytes)
            {
                // A byte order mark would count as a column.
                return bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes[3..] : bytes;
            }

            problems.Error(nowhere, missing ? "this is a folder, not a file" : $"the file is larger than {MostBytes >> 20} MiB");
        }
        catch (CallException failure)
        {
            missing = true;
            problems.Error(nowhere, Reason(failure.Errno)
                + (failure.Errno == Errno.ENOENT && FullPath.LeadsNowhere(path)
                    ? "; the working directory is gone: name the file by an absolute path"
                    : ""));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            missing = true;
            problems.Error(nowhere, $"the file cannot be read: {failure.Message}");
        }

        return null;
    }

    private static SourceText? Decode(ReadOnlySpan<byte> content, string name, Problems problems)
    {
        // To show a line that is not UTF-8, undecodable bytes become U+FFFD.
        var text = new SourceText(name, Encoding.UTF8.GetString(content));
        var valid = System.Text.Unicode.Utf8.IsValid(content) ? content : ValidPart(content);
        var nul = valid.IndexOf((byte)0);
        if (nul < 0 && valid.Length == content.Length)
        {
            return text;
        }

        var before = valid[..(nul < 0 ? valid.Length : nul)];
        var line = before[(before.LastIndexOf((byte)'\n') + 1)..];
        var at = new Position(text, before.Count((byte)'\n') + 1, Encoding.UTF8.GetString(line).EnumerateRunes().Count() + 1);
        problems.Error(at, content is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] ? "the file is UTF-16: save it as UTF-8"
            : nul < 0 ? "the file is not UTF-8"
            : "the file holds a NUL byte");
        return null;
    }

    private static ReadOnlySpan<byte> ValidPart(ReadOnlySpan<byte> content)
    {
        var rest = content;
        while (Rune.DecodeFromUtf8(rest, out _, out var length) == OperationStatus.Done)
        {
            rest = rest[length..];
        }

        return content[..^rest.Length];
    }

    // A pipe has no length, so reading stops beyond the limit and not at an announced end.
    private static byte[] ReadBytes(HeldFile target)
    {
        using var file = new FileStream(target.OpenToRead(), FileAccess.Read, bufferSize: 0);
        using var bytes = new MemoryStream();
        var buffer = new byte[64 << 10];
        int read;
        while (bytes.Length <= MostBytes && (read = file.Read(buffer)) > 0)
        {
            bytes.Write(buffer, 0, read);
        }

        return bytes.ToArray();
    }

    private static string Reason(Errno errno) => errno switch
    {
        Errno.ENOENT or Errno.ENOTDIR => "there is no such file",
        Errno.EINVAL => "there is no file of this name",
        _ => $"the file cannot be read: {errno.Reason().ToLowerInvariant()}",
    };
}
