using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Programs;
using NetSuperd.Windows.Files;

namespace NetSuperd.Windows.Programs;

/// <summary>Programs as CreateProcessW starts them.</summary>
internal sealed class WindowsPrograms : IPrograms
{
    /// <inheritdoc/>
    public ChildFds Fds => ChildFds.Pipes;

    /// <inheritdoc/>
    /// <remarks>That of services, in which no other user can place a library that the program would load.</remarks>
    public string Cwd => Environment.SystemDirectory;

    /// <inheritdoc/>
    public string? Obstacle(string program, string? chroot)
    {
        // Windows drops dots and spaces at the end of a name.
        var path = Path.GetFullPath(program);
        return new WindowsFiles().StatusOf(path) is not { } status ? $"there is no program '{program}'"
            : status.Type == FileType.Directory ? $"'{program}' is not a program but a folder"
            : Path.GetExtension(path).ToUpperInvariant() switch
            {
                // cmd.exe takes an argument apart in another way than its caller has put it together (CVE-2024-24576).
                ".BAT" or ".CMD" =>
                    $"'{program}' is a batch file, whose arguments cmd.exe parses by rules of its own: write the path of cmd.exe first, "
                    + "then \"/d\", \"/c\" and the file",
                ".EXE" or ".COM" => HeadProblem(path, program),
                _ => $"'{program}' is no .exe file: write the path of the program that runs it first, and the file as its argument",
            };
    }

    /// <inheritdoc/>
    public ProgramJudgement Judge(ChildProgram program, bool isOwn) => new(Complaint(program), null, []);

    /// <inheritdoc/>
    public string? InterpreterOf(string file) => null;

    private static string? Complaint(ChildProgram program)
    {
        if (program.Argv0.Contains('"', StringComparison.Ordinal))
        {
            return "'argv0' has a quotation mark, which the first argument of a program of Windows cannot have";
        }

        var letters = CommandLineText.Of(program.Argv0, program.Arguments).Length;
        if (letters > CommandLineText.MostLetters)
        {
            return $"the arguments of '{program.Path}' have {letters} letters with their quotation marks, and Windows passes "
                + $"{CommandLineText.MostLetters} at most: shorten them";
        }

        return ChildEnvironment.Of(program).FirstOrDefault(variable => variable.Value.Length > ChildEnvironment.MostLetters)
            is { Key: { } name }
            ? $"the variable '{name}' has more than {ChildEnvironment.MostLetters} letters, the limit of Windows"
            : null;
    }

    /// <summary>What Windows would not execute (ERROR_BAD_EXE_FORMAT): every program begins with the letters MZ (PE Format).</summary>
    private static string? HeadProblem(string path, string program)
    {
        Span<byte> head = stackalloc byte[2];
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return RandomAccess.Read(file, head, 0) == head.Length && head.SequenceEqual("MZ"u8) ? null
                : $"'{program}' is not a program of Windows, in spite of its name";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return $"'{program}' cannot be read: {FileFailure.Of("CreateFileW", path, failure).Errno.Reason()}";
        }
    }
}
