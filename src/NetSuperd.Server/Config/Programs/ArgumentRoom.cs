using System.Globalization;
using System.Text;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Programs;

/// <summary>
/// How long the arguments and the environment of a child may be together: execve(2), "Limits on size of arguments and environment", and
/// bprm_stack_limits of fs/exec.c, which counts a pointer for each of them. Beyond that, execve(2) fails with E2BIG.
/// </summary>
/// <param name="problems">Receives the problems.</param>
/// <param name="surroundings">Has the stack limit of children to which the map gives none.</param>
internal sealed class ArgumentRoom(Problems problems, Surroundings surroundings)
{
    private const int SizeOfPointer = 8;

    /// <summary>
    /// The room for the variables of a single connection (<see cref="ChildProgram"/> has those of all children), and for the interpreter
    /// that the first line of a script names.
    /// </summary>
    internal const int OfAConnection = 2048;

    /// <summary>Checks a service with a program.</summary>
    /// <param name="service">The service.</param>
    /// <param name="section">Its table.</param>
    /// <param name="names">The names of its sockets.</param>
    public void Check(Service service, Section<Service> section, IEnumerable<string> names)
    {
        var program = service.Program!;
        var listen = ListenNames(program, names);
        if (Encoding.UTF8.GetByteCount(listen) > ExecLimits.MostOfAString)
        {
            problems.Error(section.At(ServiceKeys.Fds) ?? service.At, string.Create(
                CultureInfo.InvariantCulture,
                $"the names of the sockets of '{service.Name}' do not fit into LISTEN_FDNAMES: "
                + $"a variable has at most {ExecLimits.MostOfAString} bytes; shorten them, or split the service"));
        }

        var arguments = Bytes([program.Argv0, .. program.Arguments]);
        var environment = Bytes(program.Environment);

        // The path counts again where the program is a script, which its interpreter finds by it.
        var needed = arguments + environment + (2 * Bytes([program.Path])) + Bytes([service.Name]) + Bytes([listen]) + OfAConnection;
        var stack = Stack(program);
        var room = (long)Math.Clamp(stack / ExecLimits.StackShare, ExecLimits.LeastBytes, ExecLimits.MostBytes);
        if (needed <= room)
        {
            return;
        }

        var at = section.At(arguments > environment ? ServiceKeys.Exec : ServiceKeys.Env) ?? section.At(ServiceKeys.Exec) ?? service.At;
        var remedy = stack / ExecLimits.StackShare < ExecLimits.MostBytes && needed <= ExecLimits.MostBytes
            ? string.Create(
                CultureInfo.InvariantCulture, $"shorten them, or raise 'limits.stack' to {needed * ExecLimits.StackShare} bytes")
            : "shorten them";
        problems.Error(at, string.Create(
            CultureInfo.InvariantCulture,
            $"the arguments and the environment of a child of '{service.Name}' take {needed} bytes with their pointers "
            + $"and the variables of a connection, and the system gives them {room}, "
            + $"a quarter of the stack limit but no more than {ExecLimits.MostBytes} (execve(2)): {remedy}"));
    }

    private ulong Stack(ChildProgram program) => program.Limits.FirstOrDefault(limit => limit.Name == "stack") is { } own
        ? own.Hard is null ? Math.Min(own.Soft, surroundings.MostStack) : own.Soft
        : surroundings.Stack;

    private static string ListenNames(ChildProgram program, IEnumerable<string> names) =>
        program.Fds != ChildFds.Listen
            ? ""
            : $"LISTEN_FDNAMES={(program.HasSockets ? string.Join(':', names) : names.MaxBy(name => name.Length))}";

    private static long Bytes(IEnumerable<string> texts) => texts.Sum(text => Encoding.UTF8.GetByteCount(text) + 1L + SizeOfPointer);
}
