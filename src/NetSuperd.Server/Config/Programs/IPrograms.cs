using System.Collections.Immutable;

namespace NetSuperd.Server.Config.Programs;

/// <summary>What a system knows about a program before a child executes it.</summary>
public interface IPrograms
{
    /// <summary>How children get their connection where the map does not say.</summary>
    ChildFds Fds { get; }

    /// <summary>Their working directory where the map names none.</summary>
    string Cwd { get; }

    /// <summary>Why no child can have a file as its program, whatever its rights; null where no reason is known.</summary>
    /// <param name="program">The file as the child sees it.</param>
    /// <param name="chroot">The child's root directory; null: the daemon's.</param>
    string? Obstacle(string program, string? chroot);

    /// <summary>Judges an existing program with the rights of its children.</summary>
    /// <param name="program">The program.</param>
    /// <param name="isOwn">Whether they keep the daemon's user and groups.</param>
    ProgramJudgement Judge(ChildProgram program, bool isOwn);

    /// <summary>The absolute path of the program that the system executes for a file: its interpreter, its loader; null: none.</summary>
    string? InterpreterOf(string file);
}

/// <summary>What is wrong with a program.</summary>
/// <param name="Complaint">Why no child can execute it; null where one can.</param>
/// <param name="Endless">Why it would only execute itself; null where it does not.</param>
/// <param name="Doubts">Its likely problems.</param>
public sealed record ProgramJudgement(string? Complaint, string? Endless, ImmutableArray<string> Doubts);
