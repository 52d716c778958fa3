using NetSuperd.Platform;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Pipes;

/// <summary>Starts programs with pipes, as a system does that.</summary>
internal interface IPipedPrograms
{
    /// <summary>Starts a program. It may take as long as the system takes to read the program.</summary>
    /// <param name="program">The program, with everything that the map says of it.</param>
    /// <param name="variables">The variables of its connection, beside those that all children of the service have.</param>
    /// <exception cref="CallException">It could not be started.</exception>
    IPipedProcess Start(ChildProgram program, ChildVariables variables);
}
