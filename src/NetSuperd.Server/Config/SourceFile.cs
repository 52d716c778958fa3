using System.Buffers;
using System.Text;

namespace NetSuperd.Server.Config;

/// <summary>Reads a file of the map.</summary>
internal static class SourceFile
{
    // 65,535 ports are 2 MiB; what is larger is not a map.
    private const int MostBytes = 16 << 20;

    /// <summary>The text of a file; null where it cannot be used, which has been reported.</summary>
    /// <param name="path">The file, absolute.</param>
    /// <param name="name">The file as the administrator named it.</param>
    /// <param name="problems">Where complaints go.</param>
    /// <param name="missing">Whether it is not there or cannot be read.</param>
    public static SourceText? Read(string path, string name, Problems problems, out bool missing)
    {
        var nowhere = new Position(new SourceText(name, ""));
        missing = false;
        try
        {
            missing = Directory.Exists(path);
            var bytes = missing ? [] : ReadBytes(path);
            if (!missing && bytes.Length <= MostBytes)
            {
                // A byte order mark would count as a column.
                var content = bytes.AsSpan();
                return Decode(content.StartsWith(Encoding.UTF8.Preamble) ? content[3..] : content, name, problems);
            }

            problems.Error(nowhere, missing ? "this is a folder, not a file" : $"the file is larger than {MostBytes >> 20} MiB");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            missing = true;
            problems.Error(nowhere, Reason(failure)
                + (failure is IOException && FullPath.LeadsNowhere(path) ? "; the working directory is gone: name the file by an absolute path" : ""));
        }

        return null;
    }

    private static SourceText? Decode(ReadOnlySpan<byte> content, string name, Problems problems)
    {
        // For the display of a line that is not UTF-8, what cannot be decoded becomes U+FFFD.
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

    // A pipe has no length, so reading stops behind the limit and not at an announced end.
    private static byte[] ReadBytes(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
        using var bytes = new MemoryStream();
        var buffer = new byte[64 << 10];
        int read;
        while (bytes.Length <= MostBytes && (read = file.Read(buffer)) > 0)
        {
            bytes.Write(buffer, 0, read);
        }

        return bytes.ToArray();
    }

    private static string Reason(Exception failure) => failure switch
    {
        FileNotFoundException or DirectoryNotFoundException => "there is no such file",
        ArgumentException => "there is no file of this name",
        UnauthorizedAccessException => "the file cannot be read: permission denied",
        _ => $"the file cannot be read: {failure.Message}",
    };
}
