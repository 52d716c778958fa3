namespace NetSuperd.Platform;

/// <summary>The daemon's own process: its user, its rights and what it uses.</summary>
public interface IOwnProcess
{
    /// <summary>The number of its user. The daemon never changes its own.</summary>
    uint UserId { get; }

    /// <summary>Whether its user is the administrator, and it has the rights of no other user.</summary>
    bool IsRoot { get; }

    /// <summary>The user for messages: <c>the user 'www-data'</c>, or its id where the system has no name for it.</summary>
    string UserName { get; }

    /// <summary>How many descriptors it may have.</summary>
    long DescriptorLimit { get; }

    /// <summary>What an administrator does to give it more, as a message says it.</summary>
    string MoreDescriptors { get; }

    /// <summary>How many it has.</summary>
    long Descriptors { get; }

    /// <summary>The system's number of the calling thread.</summary>
    int CurrentThread { get; }

    /// <summary>The facts that a load needs, as they are now.</summary>
    Surroundings Surroundings();

    /// <summary>Raises the limit of descriptors where needed. It is never lowered.</summary>
    /// <param name="least">The number that must be allowed.</param>
    /// <param name="wanted">The number that is requested, where the process may have it.</param>
    /// <exception cref="CallException">The system does not allow the least.</exception>
    void AllowDescriptors(long least, long wanted);

    /// <summary>Its resident memory in bytes, and its threads; null: the system does not tell.</summary>
    (long? ResidentBytes, int? Threads) Use();

    /// <summary>The activity of a thread; null where it has ended or the system does not report it.</summary>
    /// <param name="thread">The system's number of the thread.</param>
    ThreadUse? UseOf(int thread);

    /// <summary>The call of a thread that has been held for a while.</summary>
    /// <param name="thread">The thread.</param>
    /// <param name="number">The system's number of it.</param>
    BlockingCall CallOf(Thread thread, int number);
}
