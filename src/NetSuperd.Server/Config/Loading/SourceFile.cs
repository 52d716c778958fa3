using System.Buffers;
using System.Text;
using NetSuperd.Native;
using NetSuperd.Server.Config.Files;
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
    public static SourceText? Read(CheckedPath target, string path, string name, Problems problems, out bool missing)
    {
        var nowhere = new Position(new SourceText(name, ""));
        missing = false;
        try
        {
            var file = target.File ?? throw target.Failure ?? new LibcException("open", path, Errno.ENOENT);
            missing = file.Status.Type == FileType.Directory;
            var bytes = missing ? [] : ReadBytes(file);
            if (!missing && bytes.Length <= MostBytes)
            {
                // A byte order mark would count as a column.
                var content = bytes.AsSpan();
                return Decode(content.StartsWith(Encoding.UTF8.Preamble) ? content[3..] : content, name, problems);
            }

            problems.Error(nowhere, missing ? "this is a folder, not a file" : $"the file is larger than {MostBytes >> 20} MiB");
        }
        catch (LibcException failure)
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
        problems.Error(at, nul < 0 ? "the file is not UTF-8" : "the file holds a NUL byte");
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
    private static byte[] ReadBytes(PathHandle target)
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
