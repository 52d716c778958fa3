using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Programs;

namespace NetSuperd.Windows.Programs;

/// <summary>The program for Windows starts no children: <c>exec</c> is an error before a program is looked at.</summary>
internal sealed class NoPrograms : IPrograms
{
    /// <inheritdoc/>
    public string? Obstacle(string program, string? chroot) => null;

    /// <inheritdoc/>
    public ProgramJudgement Judge(ChildProgram program, bool isOwn) => new(null, null, []);

    /// <inheritdoc/>
    public string? InterpreterOf(string file) => null;
}
