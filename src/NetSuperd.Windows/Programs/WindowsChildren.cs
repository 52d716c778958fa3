using System.IO.Pipes;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NetSuperd.Server;
using NetSuperd.Server.Config;
using NetSuperd.Server.Pipes;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Programs;

/// <summary>Starts children: each gets its pipes, its environment and nothing else.</summary>
/// <remarks>
/// Overview. A child inherits only the handles of a list (PROC_THREAD_ATTRIBUTE_HANDLE_LIST), and is in its job from its first instruction
/// on (PROC_THREAD_ATTRIBUTE_JOB_LIST), so that nothing it starts can be outside. It has no window, and a process group of its own, so that
/// Ctrl+C at the daemon's console is not for it. The child's ends of the pipes may be inherited for as long as one start takes: a process
/// that a plugin starts by itself in that moment, with all handles, would have them too, and the client would see the end later.
/// </remarks>
internal sealed unsafe class WindowsChildren : IPipedPrograms
{
    private const uint Flags = Kernel32.CREATE_NO_WINDOW | Kernel32.CREATE_NEW_PROCESS_GROUP | Kernel32.CREATE_UNICODE_ENVIRONMENT
        | Kernel32.EXTENDED_STARTUPINFO_PRESENT;

    /// <inheritdoc/>
    public IPipedProcess Start(ChildProgram program, ChildVariables variables)
    {
        var open = new Stack<IDisposable>();
        try
        {
            var job = Keep(new Job());
            var input = Keep(ChildPipe.Create(PipeDirection.Out));
            var output = Keep(ChildPipe.Create(PipeDirection.In));
            var errors = program.Stderr == ChildStderr.Log ? Keep(ChildPipe.Create(PipeDirection.In)) : null;
            var nothing = program.Stderr == ChildStderr.Null ? Keep(ChildPipe.Nothing()) : null;
            SafeHandle[] standard = [input.Child, output.Child, errors?.Child ?? nothing ?? output.Child];
            var (process, pid) = Create(program, ChildEnvironment.Block(program, variables), job, standard);
            open.Clear();
            Array.ForEach(standard, handle => handle.Dispose());
            return new WindowsChild(process, pid, job, input.Own, output.Own, errors?.Own);
        }
        finally
        {
            while (open.TryPop(out var unused))
            {
                unused.Dispose();
            }
        }

        T Keep<T>(T made)
            where T : IDisposable
        {
            open.Push(made);
            return made;
        }
    }

    /// <summary>Calls CreateProcessW.</summary>
    /// <param name="program">The program.</param>
    /// <param name="environment">Its environment.</param>
    /// <param name="job">Its job.</param>
    /// <param name="standard">Its standard input, output and error, which no other thread has and could close.</param>
    private static (SafeWaitHandle Process, int Pid) Create(ChildProgram program, string environment, Job job, SafeHandle[] standard)
    {
        var handles = Array.ConvertAll(standard, handle => handle.DangerousGetHandle());
        var inherited = handles.Distinct().ToArray();
        var commandLine = (CommandLineText.Of(program.Argv0, program.Arguments) + '\0').ToCharArray();
        using var list = new StartAttributes(inherited, job.Handle.DangerousGetHandle());
        Kernel32.ProcessInformation made;
        fixed (char* commandLineHere = commandLine, environmentHere = environment)
        {
            var startup = new Kernel32.StartupInfoEx
            {
                cb = (uint)sizeof(Kernel32.StartupInfoEx),
                dwFlags = Kernel32.STARTF_USESTDHANDLES,
                hStdInput = handles[0],
                hStdOutput = handles[1],
                hStdError = handles[2],
                lpAttributeList = list.Pointer,
            };
            if (!Kernel32.CreateProcessW(
                Path.GetFullPath(program.Path), commandLineHere, null, null, inheritHandles: 1, Flags, environmentHere, program.Cwd,
                &startup, &made))
            {
                throw Ws2.Failure("CreateProcessW", program.Path);
            }
        }

        _ = Kernel32.CloseHandle(made.hThread);
        return (new SafeWaitHandle(made.hProcess, ownsHandle: true), (int)made.dwProcessId);
    }
}
